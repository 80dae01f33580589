import type { Session } from '../../device/session.ts';
import { deleteUser, putUserTag } from '../../device/users.ts';
import { type Namespace, userId } from '../../names.ts';
import { isProblem } from '../../problem.ts';
import type { Context } from '../context.ts';
import { markAmong, parseMarkTag } from './mark-tags.ts';
import { epochOfUser, recordUser } from './record.ts';
import { namesOf, tagsOf } from './users.ts';

/**
 * Deletes the role records of older epochs once a newer one holds, after their mark was carried on to it. What fails here
 * is left for the next time: older records do no harm.
 */
export async function retireOlder(ctx: Context, session: Session, namespace: Namespace, epoch: number): Promise<void> {
  try {
    const credential = await session.namespaceAdministrator(namespace);
    const names = await namesOf(session.node, credential, namespace, ctx);
    const older = names.filter((name) => (epochOfUser(name) ?? epoch) < epoch).map((name) => userId(namespace, name));
    if (older.length === 0) return;
    await carryMark(ctx, session, recordUser(namespace, epoch), older, credential);
    for (const user of older) await deleteUser(session.node, credential, user, ctx);
  } catch (error) {
    if (!isProblem(error) || error.kind === 'cancelled') throw error;
  }
}

async function carryMark(
  ctx: Context,
  session: Session,
  newest: string,
  older: readonly string[],
  credential: Awaited<ReturnType<Session['namespaceAdministrator']>>,
): Promise<void> {
  const own = await tagsOf(session.node, credential, newest, ctx);
  const tags = (await Promise.all(older.map((user) => tagsOf(session.node, credential, user, ctx)))).flat();
  const mark = markAmong([...own, ...tags]);
  for (const tag of new Set(tags)) {
    if (parseMarkTag(tag)?.generation === mark?.generation && mark !== undefined && !own.includes(tag)) {
      await putUserTag(session.node, credential, newest, tag, ctx);
    }
  }
}
