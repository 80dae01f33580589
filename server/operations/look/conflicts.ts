import type { Namespace } from '../../../core/names.ts';
import { linkOf } from '../../../core/replication/journal/journal.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import { knownPlan } from './plan.ts';
import { followersOf, primaryOf } from './primary.ts';

/** Conflicts on one device: which they are is known from a plan; of a run only how many. */
export interface ConflictsOn {
  count: number;
  ids?: ReadonlySet<string>;
}

/** Conflicts of a namespace, as they were last counted. */
export interface ConflictsSeen {
  at: number;
  /** Whose run counted them; a plan of this editor when undefined. */
  by?: string;
  total: number;
  on(device: string): ConflictsOn;
}

/** The conflicts that the last plan of this editor found, or the last run of anybody on this machine, whichever is later. */
export function knownConflicts(engine: Engine, saved: SavedManifest, namespace: Namespace): ConflictsSeen | undefined {
  const plan = knownPlan(engine, saved, namespace);
  const journal = engine.journals.existing(saved.path);
  const primary = primaryOf(engine, saved, namespace);
  const runs = followersOf(engine, saved, namespace).flatMap((device) => {
    const run = journal?.lastRun(linkOf(namespace, primary, device));
    return run === undefined ? [] : [{ device, ...run }];
  });
  const last = runs.reduce<(typeof runs)[0] | undefined>((a, b) => (a && a.endedAt > b.endedAt ? a : b), undefined);
  if (plan.value !== undefined && plan.at !== undefined && plan.at >= (last?.endedAt ?? 0)) {
    const { conflicts } = plan.value;
    const on = (device: string): ConflictsOn => {
      const own = conflicts.filter(({ devices }) => devices.includes(device));
      return { count: own.length, ids: new Set(own.map(({ id }) => id)) };
    };
    return { at: plan.at, total: conflicts.length, on };
  }
  if (last === undefined) return undefined;
  return {
    at: last.endedAt,
    ...(last.by !== undefined && { by: last.by }),
    // The same conflict counts on each link that it is on.
    total: Math.max(...runs.map(({ conflicts }) => conflicts)),
    on: (device) => ({ count: runs.find((run) => run.device === device)?.conflicts ?? 0 }),
  };
}
