import type { Namespace } from '../../names.ts';
import type { ProblemKind } from '../../problem.ts';
import type { Link } from '../journal/journal.ts';
import type { Policy } from '../policy.ts';
import { createLagMeter, type LagMeter } from '../stream/lag.ts';
import { linksOf } from '../sync.ts';

/** What an agent counted of a namespace since its start; times in milliseconds since 1970. */
export interface NamespaceFigures {
  runs: { ok: number; failed: number };
  lastRunAt: number | undefined;
  lastSuccessAt: number | undefined;
  lastBackupAt: number | undefined;
  /** Keys that were read back on a device after a step or a delivery of ours. */
  keysMoved: number;
  errors: Map<ProblemKind, number>;
  alarms: number;
  /** Conflicts and held keys of the last comparison. */
  conflicts: number;
  held: number;
  /** What stopped it, until it goes on. */
  problem: string | undefined;
  /** Devices that rest: they answered the last comparison, and refused to be worked with. */
  resting: readonly string[];
}

/** What an agent knows of itself, for whoever watches it. */
export interface Figures {
  startedAt: number;
  /** When anything of it last moved: it hangs when this is long ago. */
  aliveAt: number;
  namespaces: Map<Namespace, NamespaceFigures>;
  links: Map<string, { link: Link; meter: LagMeter }>;
}

/** Figures of an agent that starts now. */
export const createFigures = (now: number): Figures => ({
  startedAt: now,
  aliveAt: now,
  namespaces: new Map(),
  links: new Map(),
});

/** The figures of a namespace, made when first asked for. */
export function figuresOf({ namespaces }: Figures, namespace: Namespace): NamespaceFigures {
  const known = namespaces.get(namespace);
  if (known !== undefined) return known;
  const made: NamespaceFigures = {
    runs: { ok: 0, failed: 0 },
    lastRunAt: undefined,
    lastSuccessAt: undefined,
    lastBackupAt: undefined,
    keysMoved: 0,
    errors: new Map(),
    alarms: 0,
    conflicts: 0,
    held: 0,
    problem: undefined,
    resting: [],
  };
  namespaces.set(namespace, made);
  return made;
}

/** The meter of a link, made when first asked for. */
export function meterOf({ links }: Figures, link: Link): LagMeter {
  const key = JSON.stringify([link.namespace, link.left, link.right]);
  const known = links.get(key);
  if (known !== undefined) return known.meter;
  const meter = createLagMeter();
  links.set(key, { link, meter });
  return meter;
}

/** Keeps only what belongs to these policies: a manifest may lose a namespace. */
export function keepOnly(figures: Figures, policies: readonly Policy[]): void {
  const namespaces = new Set(policies.map(({ namespace }) => namespace));
  for (const namespace of figures.namespaces.keys())
    if (!namespaces.has(namespace)) figures.namespaces.delete(namespace);
  const links = new Set(
    policies.flatMap(linksOf).map((link) => JSON.stringify([link.namespace, link.left, link.right])),
  );
  for (const key of figures.links.keys()) if (!links.has(key)) figures.links.delete(key);
}
