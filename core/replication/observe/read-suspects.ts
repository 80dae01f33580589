import type { Session } from '../../device/session.ts';
import { differingFields } from '../../inventory/compare.ts';
import type { KeyId, Namespace } from '../../names.ts';
import type { Context } from '../context.ts';
import { factsDigest } from '../digests.ts';
import type { Base } from '../journal/journal.ts';
import { changeSince } from '../plan/change.ts';
import type { SideState, Triple } from '../plan/input.ts';
import type { Policy } from '../policy.ts';
import { baseOfStates, withFacts } from './base-facts.ts';
import type { DeviceLook } from './device-look.ts';
import { type Answer, readStates } from './read-states.ts';
import type { Suspect } from './walk.ts';

/** So many keys that one side alone has are read one by one; of more, the first synchronisation of a large namespace, none. */
const READ_NEW = 5_000;
const BATCH = 512;

/** Stands for a new key that was not read: there are too many of them. */
const UNREAD: SideState = { facts: { type: '', mechanisms: [], tags: [], operations: 0 }, sealed: Buffer.alloc(0) };

/** What reading the suspects gave. */
export interface ReadBack {
  triples: Triple[];
  newBases: Base[];
  same: number;
  unsettled: boolean;
  /** Keys with a base that were not compared this time: they moved meanwhile, or could not be read. */
  skipped: KeyId[];
  /** How many keys moved while they were read, with a base or not: nothing is known of them but that they differed. */
  moved: number;
  left: { standIns: KeyId[]; unreadable: KeyId[] };
  right: { standIns: KeyId[]; unreadable: KeyId[] };
}

/** Reads what the sealed values leave open, and says what is the same after all. Keys that moved meanwhile are skipped. */
export async function readSuspects(
  ctx: Context,
  { namespace, sites }: Policy,
  looks: Record<'left' | 'right', DeviceLook>,
  suspects: readonly Suspect[],
  { skipped, believed }: { skipped: ReadonlySet<KeyId>; believed: boolean },
): Promise<ReadBack> {
  const read: ReadBack = {
    triples: [],
    newBases: [],
    same: 0,
    unsettled: false,
    skipped: [],
    moved: suspects.filter(({ id }) => skipped.has(id)).length,
    left: { standIns: [], unreadable: [] },
    right: { standIns: [], unreadable: [] },
  };
  const isNew = ({ left, right, base }: Suspect): boolean =>
    base === undefined && (left === undefined || right === undefined);
  // Between sites that both write, a stand-in of a broken run may be among them, which only reading tells.
  const readNew = sites.kind === 'two-way' || suspects.filter(isNew).length <= READ_NEW;
  for (let from = 0; from < suspects.length; from += BATCH) {
    const part = suspects.slice(from, from + BATCH).filter(({ id }) => !skipped.has(id));
    const toRead = part.filter((suspect) => readNew || !isNew(suspect));
    const answers = {
      left: await readSide(ctx, namespace, looks.left.session, toRead, 'left'),
      right: await readSide(ctx, namespace, looks.right.session, toRead, 'right'),
    };
    for (const suspect of part) {
      if (!readNew && isNew(suspect)) {
        read.triples.push({ id: suspect.id, ...(suspect.left ? { left: UNREAD } : { right: UNREAD }) });
      } else judge(suspect, answers.left.get(suspect.id), answers.right.get(suspect.id), believed, read);
    }
    ctx.onProgress?.({
      phase: `reading what differs between ${looks.left.session.name} and ${looks.right.session.name}`,
      done: Math.min(from + BATCH, suspects.length),
      total: suspects.length,
      unit: 'keys',
    });
  }
  const compared = new Set([...read.triples, ...read.newBases].map(({ id }) => id));
  read.skipped = suspects.filter(({ id, base }) => base !== undefined && !compared.has(id)).map(({ id }) => id);
  return read;
}

async function readSide(
  ctx: Context,
  namespace: Namespace,
  session: Session,
  suspects: readonly Suspect[],
  side: 'left' | 'right',
): Promise<Map<KeyId, Answer>> {
  const ids = suspects.filter((suspect) => suspect[side] !== undefined).map(({ id }) => id);
  const answers = await readStates(session, namespace, ids, ctx);
  return new Map(ids.map((id, i) => [id, answers[i] as Answer]));
}

function judge(
  suspect: Suspect,
  left: Answer | undefined,
  right: Answer | undefined,
  believed: boolean,
  read: ReadBack,
): void {
  const { id } = suspect;
  // It went away after the last listing: the next run tells.
  if (left?.kind === 'gone' || right?.kind === 'gone') {
    read.moved += 1;
    return;
  }
  const state = (answer: Answer | undefined, side: 'left' | 'right'): SideState | undefined => {
    if (answer?.kind === 'stand-in') read[side].standIns.push(id);
    if (answer?.kind === 'unreadable') {
      read[side].unreadable.push(id);
      read.unsettled ||= suspect.base !== undefined;
    }
    return answer?.kind === 'key' ? { facts: answer.facts, sealed: suspect[side] as Buffer } : undefined;
  };
  const [a, b] = [state(left, 'left'), state(right, 'right')];
  if (a === undefined && b === undefined) return;
  // It was written after the backup that its bytes are from: the next run tells.
  if (isTorn(suspect.base, 'left', a) || isTorn(suspect.base, 'right', b)) {
    read.moved += 1;
    return;
  }
  const base = suspect.base && withFacts(suspect.base, a, b);
  if (a !== undefined && b !== undefined && areCopies(a, b, believed ? base : undefined)) {
    read.same += 1;
    read.newBases.push(baseOfStates(id, a, b, base));
    return;
  }
  read.triples.push({ id, ...(a && { left: a }), ...(b && { right: b }), ...(base && { base }) });
}

/** Whether a key shows what its bytes do not hold: those are the ones of the base, and what it shows is not. */
const isTorn = (base: Base | undefined, side: 'left' | 'right', state: SideState | undefined): boolean =>
  base !== undefined &&
  state !== undefined &&
  base.facts.length > 0 &&
  state.sealed.equals(base[side]) &&
  !factsDigest(state.facts).equals(base.facts);

/** Whether two keys are the same: by what they show, or, without a public part, because neither was more than used since `base`. */
function areCopies(a: SideState, b: SideState, base: Base | undefined): boolean {
  if (differingFields(a.facts, b.facts).length > 0) return false;
  if (a.facts.public !== undefined) return true;
  return base !== undefined && changeSince(base, 'left', a) === 'same' && changeSince(base, 'right', b) === 'same';
}
