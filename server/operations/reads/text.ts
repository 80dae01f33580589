import { basename } from 'node:path';
import { moment } from '../../../core/moment.ts';
import { type Namespace, namespaceTitle } from '../../../core/names.ts';
import { Problem } from '../../../core/problem.ts';
import type { NamespacePlan } from '../../../core/replication/plan/plan.ts';
import { asErrand } from '../engine/asking.ts';
import { namespaceOf, withContext } from '../engine/context.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import type { PackedIds } from '../ids/packed-ids.ts';
import { pageIds } from '../ids/page-ids.ts';
import { wholeDrift } from '../look/drift.ts';
import { lookAtIds } from '../look/ids.ts';
import { keysText } from '../look/inventory-text.ts';
import { isThere } from '../look/is-there.ts';
import { knownPlan, makePlan } from '../look/plan.ts';
import { planTexts } from '../look/plan-text.ts';
import { primaryOf } from '../look/primary.ts';
import type { Text, TextParams } from '../protocol.ts';
import { knownArchive } from './archives.ts';
import { knownFindings } from './devices.ts';

/** Up to so many keys an inventory is written out whole. */
const MOST_WHOLE = 1_000;
/** Keys that differ of a larger one. */
const MOST_DIFFERENT = 2_000;
/** Ids that are written when nothing is compared. */
const MOST_IDS = 100_000;

/** The text of a virtual document. */
export async function text(engine: Engine, params: TextParams, signal: AbortSignal): Promise<Text> {
  const saved = await engine.manifests.valid(params.manifest);
  const trip = { ask: params.ask === true, reason: `to show its ${params.kind}`, signal };
  return asErrand(trip, async () => ({ text: await textOf(engine, saved, params, signal), at: engine.now() }));
}

async function textOf(engine: Engine, saved: SavedManifest, params: TextParams, signal: AbortSignal): Promise<string> {
  switch (params.kind) {
    case 'inventory':
      return inventoryText(engine, saved, params, signal);
    case 'key': {
      const namespace = namespaceOf(params.namespace);
      const texts = await engine.sessions.use(saved, [params.device], async (session) =>
        (await isThere(session, namespace)) ? keysText(session, namespace, [params.key], { signal }) : [],
      );
      return texts.join('');
    }
    case 'plan':
      return planText(engine, saved, namespaceOf(params.namespace), params, signal);
    case 'doctor':
      return doctorText(engine, saved);
    case 'archive':
      return archiveText(engine, saved, params.file);
  }
}

async function inventoryText(
  engine: Engine,
  saved: SavedManifest,
  params: Extract<TextParams, { kind: 'inventory' }>,
  signal: AbortSignal,
): Promise<string> {
  const { device, against, maxAge, ask } = params;
  const fresh = { ...(maxAge !== undefined && { maxAge }), ...(ask !== undefined && { ask }) };
  const namespace = namespaceOf(params.namespace);
  const { value: ids } = await lookAtIds(engine, saved, namespace, device, { maxAge: 10_000, ...fresh });
  const head = `# ${namespaceTitle(namespace)}\n`;
  const read = (wanted: readonly string[]): Promise<string[]> =>
    engine.sessions.use(saved, [device], (session) => keysText(session, namespace, wanted, { signal }));
  const all = (most: number): string[] => Array.from({ length: Math.min(most, ids.length) }, (_, i) => ids.at(i));
  if (against === undefined) {
    if (ids.length <= MOST_WHOLE) return [head, ...(await read(all(MOST_WHOLE)))].join('\n');
    const more = ids.length > MOST_IDS ? [`# and ${ids.length - MOST_IDS} more`] : [];
    return [head, ...all(MOST_IDS), ...more, ''].join('\n');
  }
  const follower = device === primaryOf(engine, saved, namespace) ? against : device;
  const { value: other } = await lookAtIds(engine, saved, namespace, against, { maxAge: 10_000, ...fresh });
  // Both sides are written by the same rule, so that what is left out is left out on both.
  if (Math.max(ids.length, other.length) <= MOST_WHOLE) return [head, ...(await read(all(MOST_WHOLE)))].join('\n');
  const { value: drift } = await wholeDrift(
    engine,
    saved,
    namespace,
    follower,
    { maxAge: 60_000, ...fresh },
    { signal },
  );
  const { missing, extra, differs } = drift;
  const count = missing.length + extra.length + differs.length;
  const first = (ids: PackedIds): string[] => pageIds(ids, { limit: MOST_DIFFERENT }).page;
  const different = [...first(missing), ...first(extra), ...differs.map(({ id }) => id)].sort();
  const notes = [
    `# ${drift.same.toLocaleString('en-US')} keys are the same on both and left out`,
    ...(count > MOST_DIFFERENT ? [`# and ${(count - MOST_DIFFERENT).toLocaleString('en-US')} more differ`] : []),
    '',
  ];
  // What this side lacks it is not asked for: without the namespace, each would be a wrong passphrase.
  const lacking = new Set(first(device === follower ? missing : extra));
  const own = different.slice(0, MOST_DIFFERENT).filter((id) => !lacking.has(id));
  return [head, ...notes, ...(await read(own))].join('\n');
}

const texts = new WeakMap<NamespacePlan, Promise<{ before: string; after: string }>>();

async function planText(
  engine: Engine,
  saved: SavedManifest,
  namespace: Namespace,
  { side, maxAge }: Extract<TextParams, { kind: 'plan' }>,
  signal: AbortSignal,
): Promise<string> {
  const known = knownPlan(engine, saved, namespace);
  const isYoung = known.at !== undefined && engine.now() - known.at <= (maxAge ?? Number.POSITIVE_INFINITY);
  const plan =
    known.value !== undefined && isYoung ? known.value : await makePlan(engine, saved, namespace, { signal });
  const both =
    texts.get(plan) ??
    withContext(engine, saved, namespace, { signal }, (ctx) =>
      planTexts(plan, (name) => ctx.session(name), { signal }),
    );
  texts.set(plan, both);
  both.catch(() => texts.delete(plan));
  return (await both)[side];
}

function doctorText(engine: Engine, saved: SavedManifest): string {
  const parts = Object.keys(saved.manifest.devices).map((device) => {
    const findings = knownFindings(engine, saved, device);
    if (findings === undefined) return `${device}\n  not examined yet\n`;
    const lines = findings.flatMap(({ check, ok, text, remedy }) => [
      `  ${ok ? '✓' : '✗'} ${check}: ${text}.`,
      ...(remedy === undefined ? [] : [`      → ${remedy}.`]),
    ]);
    return `${device}\n${lines.join('\n')}\n`;
  });
  return parts.join('\n');
}

function archiveText(engine: Engine, saved: SavedManifest, file: string): string {
  const archive = knownArchive(engine, saved, file);
  if (archive === undefined) {
    throw new Problem({
      kind: 'not-found',
      place: basename(file),
      cause: 'it was not verified yet, and all of an archive is sealed',
      remedy: 'Verify it',
    });
  }
  const { namespace, device, created, domain, release, keys, users } = archive;
  return [
    `archive: ${basename(file)}`,
    `namespace: ${namespaceTitle(namespace as Namespace)}`,
    `made: ${moment(Date.parse(created))} of ${device}, release ${release}`,
    `domain: ${domain}`,
    `keys: ${keys}`,
    ...users.map(({ name, role }) => `user: ${name} (${role})`),
    '',
  ].join('\n');
}
