import { l10n } from 'vscode';
import type { ProblemData } from '../../server/operations/protocol.ts';

/** What the engine could not do, with its parts. */
export class EngineProblem extends Error {
  readonly data: ProblemData;

  constructor(data: ProblemData) {
    super(sentenceOf(data));
    this.name = 'EngineProblem';
    this.data = data;
  }
}

/** A problem for people: where, what, and what to do. */
export const sentenceOf = ({ place, cause, remedy }: ProblemData): string =>
  place === '' ? `${cause}. ${remedy}.` : `${place}: ${cause}. ${remedy}.`;

/** What a failed request is to be shown as; whatever is not the engine's own word means that its process is gone or confused. */
export function toEngineProblem(error: unknown): EngineProblem {
  if (error instanceof EngineProblem) return error;
  const data = (error as { data?: unknown } | undefined)?.data;
  if (isProblemData(data)) return new EngineProblem(data);
  const code = (error as { code?: unknown } | undefined)?.code;
  if (code === REQUEST_CANCELLED) {
    return new EngineProblem({
      kind: 'cancelled',
      place: '',
      cause: l10n.t('It was cancelled'),
      remedy: l10n.t('Start it again when it suits'),
    });
  }
  return new EngineProblem({
    kind: typeof code === 'number' && code !== CONNECTION_GONE ? 'unexpected' : 'unreachable',
    place: l10n.t('NetHSM engine'),
    cause: error instanceof Error ? error.message : String(error),
    remedy: l10n.t('Try again; the log says more'),
  });
}

/** LSP's RequestCancelled. */
const REQUEST_CANCELLED = -32800;
/** The JSON-RPC library's PendingResponseRejected. */
const CONNECTION_GONE = -32097;

const isProblemData = (data: unknown): data is ProblemData =>
  typeof data === 'object' && data !== null && 'kind' in data && 'cause' in data && 'remedy' in data;
