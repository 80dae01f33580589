import type { ProblemKind } from '../core/problem.ts';

/** What the exit code of a run tells a script. */
export const EXIT = {
  /** Done, or in sync. */
  done: 0,
  failed: 1,
  /** Drift, or a plan with changes. */
  drift: 2,
  manifest: 3,
  /** Refused for safety; the message says what to do. */
  refused: 4,
  /** Done in part, or conflicts are left. */
  partial: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_KIND: Partial<Record<ProblemKind, ExitCode>> = {
  'bad-manifest': EXIT.manifest,
  refused: EXIT.refused,
  untrusted: EXIT.refused,
  partial: EXIT.partial,
};

/** The exit code of a problem that ended a run. */
export const exitCodeOf = (kind: ProblemKind): ExitCode => BY_KIND[kind] ?? EXIT.failed;
