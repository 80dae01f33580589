import type { DriftFigures, Link } from '../journal/journal.ts';
import type { NamespacePlan, Step } from '../plan/plan.ts';
import type { StepFigures } from './report.ts';

/** What of a link is to be done still, seen from one of its devices: the follower. */
export function leftOver(
  plan: Pick<NamespacePlan, 'conflicts' | 'held' | 'extra'>,
  steps: readonly (Step & Partial<StepFigures>)[],
  { left, right }: Link,
  follower: string,
): DriftFigures {
  const isOn = (device: string): boolean => device === left || device === right;
  const figures: DriftFigures = { missing: 0, extra: plan.extra[follower]?.length ?? 0, differs: 0, conflicts: 0 };
  for (const step of steps) {
    if (!('from' in step) || step.kind === 'users' || !isOn(step.from) || !isOn(step.device)) continue;
    const open = step.ids.length - (step.verified ?? 0);
    if (step.kind === 'update' || step.kind === 'replace') figures.differs += open;
    else if ((step.kind === 'create') === (step.device === follower)) figures.missing += open;
    else figures.extra += open;
  }
  figures.conflicts = plan.conflicts.filter(({ devices }) => devices.every(isOn)).length;
  figures.extra += plan.held.reduce((sum, { device, ids }) => sum + (device === follower ? ids.length : 0), 0);
  return figures;
}
