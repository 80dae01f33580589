import type { ManifestView, ProblemData } from '../../server/operations/protocol.ts';
import type { Known, Question } from '../state/facts.ts';
import { bad, warn } from './icons.ts';
import { contextOf, type TreeNode } from './node.ts';
import type { Target } from './target.ts';
import { safe, tooltip } from './tooltip.ts';

/** An outage is shown as an outage, never as an empty list. */
export const problemNode = (parent: string, problem: ProblemData, target?: Target): TreeNode => ({
  id: `${parent}/problem`,
  label: problem.cause,
  description: problem.place,
  icon: problem.kind === 'unreachable' || problem.kind === 'failed' ? bad('debug-disconnect') : warn('warning'),
  tooltip: () => tooltip(`**${safe(problem.place)}**`, `${safe(problem.cause)}.`, `${safe(problem.remedy)}.`),
  spoken: `${problem.place}: ${problem.cause}. ${problem.remedy}.`,
  // A click tries again, and asks the person for what was lacking.
  opens: 'connect',
  ...(target !== undefined && { target }),
  context: contextOf('problem'),
});

/** The nodes of an answer, after the problem of its latest reading if there was one. */
export function nodesOf<M extends Question>(
  parent: string,
  known: Known<M>,
  make: (value: NonNullable<Known<M>['value']>) => TreeNode[],
): TreeNode[] {
  const nodes = known.value === undefined ? [] : make(known.value);
  return known.problem === undefined ? nodes : [problemNode(parent, known.problem), ...nodes];
}

/** The same at the top: while the engine is out the view is empty, and its welcome says so. */
export function rootsOf(
  view: string,
  { value, problem }: Known<'nethsm/overview'>,
  make: (manifests: ManifestView[]) => TreeNode[],
): TreeNode[] {
  if (value !== undefined) return make(value.manifests);
  return problem === undefined || problem.kind === 'unreachable' ? [] : [problemNode(view, problem)];
}
