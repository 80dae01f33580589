/** What went wrong, in one word: what a caller may decide on. */
export type ProblemKind =
  // a device, or the way to it
  | 'unreachable'
  | 'untrusted'
  | 'locked'
  | 'failed'
  | 'unauthorised'
  | 'forbidden'
  | 'throttled'
  | 'not-found'
  | 'exists'
  | 'precondition'
  | 'invalid'
  | 'busy'
  | 'write-blocked'
  | 'unexpected'
  // a file
  | 'not-a-backup'
  | 'unsupported-version'
  | 'wrong-passphrase'
  | 'truncated'
  | 'damaged'
  | 'unreadable'
  // our own doing
  | 'refused'
  | 'partial'
  | 'bad-manifest'
  | 'usage'
  | 'cancelled';

/** The parts of a {@link Problem}. */
export interface ProblemParts {
  kind: ProblemKind;
  /** Where: a device, a file and offset, a manifest and line. */
  place: string;
  /** What happened, in a sentence without its full stop. */
  cause: string;
  /** What the reader can do about it, in a sentence without its full stop. */
  remedy: string;
}

/**
 * The one error type that leaves `core`: names the place, the cause and the remedy.
 * Holds no secret: whoever builds one puts in names, never values.
 */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly place: string;
  readonly reason: string;
  readonly remedy: string;

  constructor(parts: ProblemParts, options?: { cause?: unknown }) {
    super(`${parts.place}: ${parts.cause}. ${parts.remedy}.`, options);
    this.name = 'Problem';
    this.kind = parts.kind;
    this.place = parts.place;
    this.reason = parts.cause;
    this.remedy = parts.remedy;
  }
}

/** Whether a caught value is a {@link Problem}, of one of the kinds when some are named. */
export function isProblem(error: unknown, ...kinds: ProblemKind[]): error is Problem {
  return error instanceof Problem && (kinds.length === 0 || kinds.includes(error.kind));
}

/** Throws a {@link Problem} `cancelled` once the signal fired. */
export function throwIfCancelled(signal: AbortSignal | undefined, place: string): void {
  if (signal?.aborted !== true) return;
  throw new Problem({ kind: 'cancelled', place, cause: 'it was cancelled', remedy: 'Start it again when it suits' });
}
