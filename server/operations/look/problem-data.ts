import type { Problem } from '../../../core/problem.ts';
import type { ProblemData } from '../protocol.ts';

/** A problem as it goes to the editor. */
export const problemData = ({ kind, place, reason, remedy }: Problem): ProblemData => ({
  kind,
  place,
  cause: reason,
  remedy,
});
