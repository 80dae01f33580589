import { asProblem } from '../../core/as-problem.ts';
import { type Namespace, namespaceTitle } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';
import { isProblem } from '../../core/problem.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit.ts';
import { problemJson, problemLines } from '../report-problem.ts';
import type { Run } from '../run.ts';

/** What came of each namespace: one that fails does not keep the others from their turn. */
export interface Each<T> {
  results: T[];
  problems: { namespace: Namespace; problem: Problem }[];
}

/** Works on namespaces one after another; a cancel ends it, any other Problem is kept and told. */
export async function forEachNamespace<T>(
  run: Run,
  policies: readonly Policy[],
  work: (policy: Policy) => Promise<T>,
): Promise<Each<T>> {
  const each: Each<T> = { results: [], problems: [] };
  for (const policy of policies) {
    try {
      each.results.push(await work(policy));
    } catch (error) {
      const problem = asProblem(error);
      if (policies.length === 1 || isProblem(problem, 'cancelled')) throw problem;
      each.problems.push({ namespace: policy.namespace, problem });
      run.note(run.style.bold(namespaceTitle(policy.namespace)), ...problemLines(problem, run.style));
    }
  }
  return each;
}

/** Looks at namespaces all at once, for work that only reads: a problem comes out where its own look is waited for. */
export function inAdvance<T>(
  policies: readonly Policy[],
  look: (policy: Policy) => Promise<T>,
): Map<Policy, Promise<T>> {
  const looks = new Map(policies.map((policy) => [policy, look(policy)]));
  for (const one of looks.values()) one.catch(() => {});
  return looks;
}

/** The problems as they go into the JSON document: nothing when there are none. */
export const problemsJson = ({ problems }: Each<unknown>) =>
  problems.length === 0
    ? {}
    : { problems: problems.map(({ namespace, problem }) => ({ namespace, ...problemJson(problem).problem })) };

/** The exit code: of the gravest thing that happened. */
export function exitOf({ problems }: Each<unknown>, otherwise: ExitCode): ExitCode {
  const codes = problems.map(({ problem }) => exitCodeOf(problem.kind));
  for (const code of [EXIT.refused, EXIT.failed, EXIT.partial]) if (codes.includes(code)) return code;
  return otherwise;
}
