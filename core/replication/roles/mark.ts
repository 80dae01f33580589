import type { Session } from '../../device/session.ts';
import { deleteUserTag, putUserTag } from '../../device/users.ts';
import { namespaceTitle, userId } from '../../names.ts';
import { isProblem, Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import type { Journal, Mark, Seen } from '../journal/journal.ts';
import type { Policy } from '../policy.ts';
import { isSameMark, type MarkThere, markAmong, markTag, parseMarkTag } from './mark-tags.ts';
import { carriersAmong } from './read-roles.ts';
import { namesOf, tagsOf } from './users.ts';

/**
 * What a device's mark says beside what we wrote. `continuous`: ours is there. `restored`: it is gone or lower, so the device
 * went back in time. `other`: another controller raised it, or our journal is lost, old or a copy. `first`: neither has one.
 * One that we were about to write counts only beside the one before it: else it came onto a device that went back just then.
 */
export function judgeMark(
  seen: Pick<Seen, 'mark' | 'pendingMark'> | undefined,
  mark: MarkThere | undefined,
): 'continuous' | 'restored' | 'other' | 'first' {
  const last = seen?.mark;
  if (mark === undefined) return last === undefined ? 'first' : 'restored';
  if (isSameMark(mark, last)) return 'continuous';
  const isBesideLast = last === undefined || mark.earlier?.some((earlier) => isSameMark(earlier, last));
  if (isSameMark(mark, seen?.pendingMark) && isBesideLast) return 'continuous';
  return last !== undefined && mark.generation < last.generation ? 'restored' : 'other';
}

/**
 * Raises the mark of a namespace on a device by one and gives it. The journal knows it before the device does, so that
 * after a crash the device's mark is one of the two that the journal expects. While a device is restored this write waits, and
 * then comes onto what was restored: so the mark of before has to be as it was looked at (`isAsSeen`), and there afterwards
 * too. Throws a Problem `refused` where it is not, and `precondition` on a device without a role record.
 */
export async function raiseMark(
  ctx: Context,
  session: Session,
  policy: Policy,
  isAsSeen: (mark: MarkThere | undefined) => boolean = () => true,
): Promise<Mark> {
  const { namespace } = policy;
  const { journal } = ctx;
  const credential = await session.namespaceAdministrator(namespace);
  const names = await namesOf(session.node, credential, namespace, ctx);
  const carriers = carriersAmong(names.map((name) => ({ name }))).map(({ name }) => userId(namespace, name));
  const [newest] = carriers;
  if (newest === undefined) throw noRecord(session, policy);
  const readTags = (): Promise<string[][]> =>
    Promise.all(carriers.map((user) => tagsOf(session.node, credential, user, ctx)));
  const tags = await readTags();
  const current = markAmong(tags.flat());
  if (!isAsSeen(current)) throw wentBack(session, policy);

  const seen = journal.seen(namespace, session.name) ?? nothingSeen(ctx.clock.now());
  // After a crash the pending mark may be the one that is there: it is what we wrote last, then.
  const last = current && isSameMark(current, seen.pendingMark) ? seen.pendingMark : seen.mark;
  const known = [current, seen.mark, seen.pendingMark].map((mark) => mark?.generation ?? 0);
  const next: Mark = { generation: Math.max(...known) + 1, nonce: ctx.random(4).toString('hex') };
  journal.putSeen(namespace, session.name, { ...seen, mark: last, pendingMark: next });
  await putUserTag(session.node, credential, newest, markTag(next), ctx);
  const now = new Set((await readTags()).flat());
  if (tags.flat().some((tag) => parseMarkTag(tag) !== undefined && !now.has(tag))) {
    journal.putSeen(namespace, session.name, { ...seen, mark: last, pendingMark: undefined });
    await deleteUserTag(session.node, credential, newest, markTag(next)).catch(unlessProblem);
    throw wentBack(session, policy);
  }
  markWritten(journal, policy, session.name, next);

  try {
    for (const [i, user] of carriers.entries()) {
      for (const tag of tags[i] ?? []) {
        if (parseMarkTag(tag) !== undefined) await deleteUserTag(session.node, credential, user, tag, ctx);
      }
    }
  } catch (error) {
    // A lower mark that stays does no harm: the highest counts.
    if (!isProblem(error) || error.kind === 'cancelled') throw error;
  }
  return next;
}

function markWritten(journal: Journal, { namespace }: Policy, device: string, mark: Mark): void {
  const seen = journal.seen(namespace, device) ?? nothingSeen(0);
  journal.putSeen(namespace, device, { ...seen, mark, pendingMark: undefined });
}

const nothingSeen = (at: number): Seen => ({
  at,
  domain: '',
  deviceIds: [],
  mark: undefined,
  pendingMark: undefined,
  counters: undefined,
  keys: 0,
});

/** The mark that stays then is nobody's: no one believes it. */
function unlessProblem(error: unknown): void {
  if (!isProblem(error)) throw error;
}

const wentBack = (session: Session, { namespace }: Policy): Problem =>
  new Problem({
    kind: 'refused',
    place: session.name,
    cause: `its mark of ${namespaceTitle(namespace)} changed while a new one was written: it was restored, or another controller works there`,
    remedy: 'Run it again: it looks anew',
  });

const noRecord = (session: Session, { namespace }: Policy): Problem =>
  new Problem({
    kind: 'precondition',
    place: session.name,
    cause: `it holds no role record of ${namespaceTitle(namespace)}, which carries the mark`,
    remedy: 'Run sync: it brings the record there first',
  });
