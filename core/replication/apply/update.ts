import { mapConcurrently } from '../../concurrent.ts';
import { differingFields } from '../../inventory/compare.ts';
import type { FactField } from '../../inventory/item.ts';
import { READS_AT_ONCE, readKey } from '../../inventory/read.ts';
import type { KeyFacts } from '../../key-facts.ts';
import type { KeyId } from '../../names.ts';
import { isProblem } from '../../problem.ts';
import { alignMetadata } from '../../transfer/metadata.ts';
import { factsDigest, materialDigest, sealedDigest } from '../digests.ts';
import { type Base, linkOf } from '../journal/journal.ts';
import { baseOf, guessedSince, NOT_READ } from '../observe/base-facts.ts';
import type { Step } from '../plan/plan.ts';
import { showsTheSame } from './as-observed.ts';
import type { StepOutcome } from './report.ts';
import { mustStop, type Run } from './run.ts';
import { readSealed } from './source-values.ts';

type Update = Extract<Step, { kind: 'update' }>;

/** What came of one key. */
type Outcome = { facts: KeyFacts; changed: boolean } | { why: string; stop: boolean };

/**
 * Brings tags, label and certificate of keys in line, field by field through the API, each write on the condition that the
 * key is as it was read. A key that differs otherwise than planned is left for the next run.
 */
export async function updateKeys(run: Run, step: Update): Promise<StepOutcome> {
  const figures: StepOutcome = { asked: step.ids.length, done: 0, verified: 0 };
  const aligned = new Map<KeyId, KeyFacts>();
  const batch = 64;
  for (let at = 0; at < step.ids.length; at += batch) {
    await run.check();
    const ids = step.ids.slice(at, at + batch);
    const outcomes = await mapConcurrently(ids, READS_AT_ONCE, (id) => updateKey(run, step, id));
    for (const [i, outcome] of outcomes.entries()) {
      const id = ids[i] as KeyId;
      if ('facts' in outcome) {
        figures.verified += 1;
        if (outcome.changed) figures.done += 1;
        aligned.set(id, outcome.facts);
      } else figures.problem ??= `${id}: ${outcome.why}`;
    }
    figures.stops = outcomes.some((outcome) => 'stop' in outcome && outcome.stop);
    if (figures.stops) break;
  }
  await learn(run, step, aligned);
  return figures;
}

async function updateKey(
  { ctx, policy, observed }: Run,
  { from, device, fields }: Update,
  id: KeyId,
): Promise<Outcome> {
  const { namespace } = policy;
  const planned = fields[id] ?? [];
  try {
    const [source, target] = await Promise.all(
      [from, device].map((name) => readKey(ctx.session(name), namespace, id, ctx)),
    );
    if (source === undefined || target === undefined) return leave('it went away meanwhile');
    const now = differingFields(source.facts, target.facts);
    if (now.some((field: FactField) => !planned.includes(field))) {
      return leave(`it differs in ${now.join(', ')} now, and the plan was about ${planned.join(', ')}`);
    }
    const seen = observed(linkOf(namespace, from, device), device, id);
    if (now.length > 0 && seen !== undefined && !showsTheSame(seen, target.facts)) {
      return leave(`it was changed on ${device} since it was compared`);
    }
    const why = now.length === 0 ? undefined : await alignMetadata(ctx.session(device), namespace, id, source.facts);
    return why === undefined ? { facts: source.facts, changed: now.length > 0 } : leave(why);
  } catch (error) {
    if (isProblem(error) && error.kind !== 'cancelled') return { why: error.message, stop: mustStop(error) };
    throw error;
  }
}

const leave = (why: string): Outcome => ({ why, stop: false });

/**
 * The facts are known to be the same now; the sealed values of what was written are not. The next comparison reads such a
 * key once more. A key without a public part is told by its sealed value alone, so for those both devices are read again.
 */
async function learn(
  { ctx, policy, plan, learnt, observed }: Run,
  { from, device }: Update,
  keys: ReadonlyMap<KeyId, KeyFacts>,
): Promise<void> {
  if (keys.size === 0) return;
  const link = linkOf(policy.namespace, from, device);
  const bare = new Set([...keys].filter(([, { public: part }]) => part === undefined).map(([id]) => id));
  const read = async (name: string): Promise<ReadonlyMap<KeyId, Buffer>> => {
    if (bare.size === 0) return new Map();
    const expected = plan.premises.devices[name]?.domain;
    return (await readSealed(ctx, policy.namespace, name, bare, new Set(), expected)).keys;
  };
  const [left, right] = [await read(link.left), await read(link.right)];
  const digestOf = (values: ReadonlyMap<KeyId, Buffer>, id: KeyId): Buffer => {
    const value = values.get(id);
    return value === undefined ? NOT_READ : sealedDigest(value);
  };
  const guessed = (id: KeyId): Pick<Base, 'guessed'> => {
    const before = bare.has(id) ? ctx.journal.base(link, id) : undefined;
    const [left, right] = [observed(link, link.left, id), observed(link, link.right, id)];
    return before ? guessedSince(before, { ...(left && { left }), ...(right && { right }) }) : {};
  };
  const bases = [...keys].map(([id, facts]) =>
    baseOf({
      id,
      facts: factsDigest(facts),
      material: materialDigest(facts),
      left: digestOf(left, id),
      right: digestOf(right, id),
      leftOperations: facts.operations,
      rightOperations: facts.operations,
      ...guessed(id),
    }),
  );
  learnt.push({ link, bases, gone: [] });
}
