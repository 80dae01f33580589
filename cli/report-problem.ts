import type { Problem } from '../core/problem.ts';
import type { Style } from './terminal/style.ts';
import { printable } from './terminal/text.ts';

/** A problem as lines for people: place and cause, then the remedy. */
export function problemLines(problem: Problem, style: Style): string[] {
  const place = style.bold(printable(problem.place));
  const lines = [`${style.red('Error:')} ${place}: ${printable(problem.reason)}.`];
  if (problem.remedy !== '') lines.push(`  ${style.cyan('→')} ${printable(problem.remedy)}.`);
  return lines;
}

/** A problem as JSON, for `--json`. */
export const problemJson = (problem: Problem) => ({
  problem: { kind: problem.kind, place: problem.place, cause: problem.reason, remedy: problem.remedy },
});
