import { namespaceOf } from '../engine/context.ts';
import type { Engine } from '../engine/engine.ts';
import type { Activity } from '../protocol.ts';

const MOST = 1_000;

/** What ran, by whomever on this machine: all write the same journal. */
export async function activity(
  engine: Engine,
  { manifest, namespace, most }: { manifest: string; namespace?: string; most: number },
): Promise<{ activity: Activity[] }> {
  const saved = await engine.manifests.valid(manifest);
  const journal = engine.journals.existing(saved.path);
  const only = namespace === undefined ? undefined : namespaceOf(namespace);
  return { activity: [...(journal?.activity(Math.max(1, Math.min(MOST, most)), only) ?? [])] };
}
