/** What must be so when nobody works any more and nothing goes wrong any more. */
import type { Play } from '../simulate.ts';
import { hit, note, violate } from '../world/world.ts';
import { type Held, keysIn } from './content.ts';
import { lacksKeepers, primaryOf } from './keepers.ts';
import { keyOf } from './ledger.ts';

/** What the engine said last. */
export interface LastWord {
  /** Whether it says that there is nothing left to do. */
  settled: boolean;
  /** Ids, and `user NAME`, that it shows as undecided, held back or extra. */
  shown: ReadonlySet<string>;
  /** Why it does not work at all, if so: split brain, say. */
  stopped?: string | undefined;
  /** What it would still do. */
  steps: readonly string[];
}

const facts = ({ material, tags, label, certificate }: Held): string =>
  JSON.stringify([material, [...tags].sort(), label, certificate]);

export async function judgeEnd({ sites, story, ledger, manifest }: Play, last: LastWord | undefined): Promise<void> {
  if (last === undefined) return violate('no end', 'the engine never told how things are');
  if (!last.settled) violate('no end', `it still wants to do ${last.steps.join(', ')}`);
  const [oslo, bergen] = [sites.oslo, sites.bergen].map(({ machine, beginning }) =>
    keysIn(machine.store, beginning.domainKey),
  ) as [Map<string, Held>, Map<string, Held>];
  for (const site of Object.values(sites)) {
    if (site.nodes.some(({ health }) => health !== 'Operational'))
      violate('worse off', `${site.name} is not operational`);
  }
  if (lacksKeepers({ sites, story }))
    violate('locked out', `nobody but the engine can change ${primaryOf(sites)}, which is primary`);
  const ids = [...new Set([...oslo.keys(), ...bergen.keys()])].sort();
  for (const id of ids) {
    const [left, right] = [oslo.get(id), bergen.get(id)];
    if (left?.standIn || right?.standIn) {
      if (!last.shown.has(id)) violate('stand-in left', id);
      continue;
    }
    if (!story.policy.includes(id as never)) continue;
    if (left !== undefined && right !== undefined && facts(left) === facts(right)) continue;
    const what = `${id}: oslo ${left ? facts(left) : 'nothing'}, bergen ${right ? facts(right) : 'nothing'}`;
    if (last.shown.has(id)) {
      hit('shown at the end');
      note(`  shown: ${what}`);
      if (story.calm && story.kind === 'one-way') {
        const isFirst = manifest.sites.kind === 'one-way' && manifest.sites.primary === 'oslo';
        const [primary, replica] = isFirst ? [left, right] : [right, left];
        const isBare = ![...(isFirst ? oslo : bergen).keys()].some((one) => story.policy.includes(one as never));
        const was = replica && ledger.made.get(keyOf(id, replica.material));
        const isOwn = was?.every(({ device }) => device !== (isFirst ? 'oslo' : 'bergen')) === true;
        // Deletions from a primary without a key are held; what it never had stays.
        if (!isBare && !(isOwn && primary === undefined)) judgeCalm(primary, replica, what, story);
      }
    } else if (last.stopped === undefined) violate('not converged', what);
    else hit('stopped at the end');
  }
  for (const [key, made] of ledger.made) judgeLost(key, made[0]?.id ?? '', { ledger, oslo, bergen });
  if (last.stopped !== undefined) note(`  stopped: ${last.stopped}`);
}

/** In a calm story a key may be shown only as extra: deleted at the primary while the policy keeps, or held by its limit. */
function judgeCalm(primary: Held | undefined, replica: Held | undefined, what: string, story: Play['story']): void {
  const isExtra = primary === undefined && replica !== undefined;
  const mayBeHeld = story.policy.deletions === 'keep' || story.policy.maxDeletions.keys < 10 || !story.hasMetrics;
  const isOther = primary !== undefined && replica !== undefined && primary.material !== replica.material;
  if (!(isExtra && mayBeHeld) && !isOther) violate('not converged', `in a calm story ${what} is left for a person`);
  hit(`calm and shown: ${isExtra ? 'extra' : 'other key'}`);
}

/** A key that was ever made is somewhere still, unless somebody took it away on purpose, or put an older state in its place. */
function judgeLost(
  key: string,
  id: string,
  { ledger, oslo, bergen }: Pick<Play, 'ledger'> & { oslo: Map<string, Held>; bergen: Map<string, Held> },
): void {
  const material = key.slice(id.length + 1);
  if (oslo.get(id)?.material === material || bergen.get(id)?.material === material) return;
  if (ledger.deliberate.has(key) || ledger.swept.has(key)) return;
  hit('gone with a restored device, or in the window');
}
