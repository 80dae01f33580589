import type { Session } from '../../device/session.ts';
import { namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
import { ensureNamespace } from '../../transfer/ensure-namespace.ts';
import type { Context } from '../context.ts';
import type { Policy } from '../policy.ts';
import { type Claim, claimUser, holdsClaim } from './claim-user.ts';
import { noteEpoch } from './read-roles.ts';
import { epochOfUser, formatRecord, type RoleRecord, recordUserName } from './record.ts';
import { retireOlder } from './retire.ts';
import { namesOf } from './users.ts';

/**
 * Claims an epoch on a device: makes the record's user and, after the device settled, reads it back on every node.
 * False when somebody else holds this epoch or a higher one there; then nothing of ours is left. May be called again with the
 * same record after a crash at any point. The namespace is created where it is missing.
 *
 * Once the claim holds, the mark is carried on to the new user, and the users of older epochs are deleted; if that fails
 * the claim holds all the same.
 */
export async function claimEpoch(ctx: Context, session: Session, policy: Policy, record: RoleRecord): Promise<boolean> {
  await ensureNamespace(session, policy.namespace, ctx);
  const claim = claimOf(policy, record);
  if ((await highestEpoch(ctx, session, policy)) > record.epoch) return false;
  if (!(await claimUser(ctx, session, claim))) return false;
  if ((await highestEpoch(ctx, session, policy)) > record.epoch) return false;
  await settled(ctx, session, policy, record);
  return true;
}

/**
 * Brings a record that was claimed elsewhere onto a device, the same nonce included. Throws a Problem `refused` when the
 * device holds another record of this epoch, or one of a higher epoch.
 */
export async function copyRecord(ctx: Context, session: Session, policy: Policy, record: RoleRecord): Promise<void> {
  await ensureNamespace(session, policy.namespace, ctx);
  const claim = claimOf(policy, record);
  if (!(await holdsClaim(ctx, session, claim))) {
    const isOlder = (await highestEpoch(ctx, session, policy)) > record.epoch;
    if (isOlder || !(await claimUser(ctx, session, claim))) throw otherRecord(session, policy, record);
  }
  await settled(ctx, session, policy, record);
}

const claimOf = ({ namespace }: Policy, record: RoleRecord): Claim => ({
  namespace,
  name: recordUserName(record.epoch),
  realName: formatRecord(record),
});

async function highestEpoch(ctx: Context, session: Session, { namespace }: Policy): Promise<number> {
  const credential = await session.namespaceAdministrator(namespace);
  const names = await namesOf(session.node, credential, namespace, ctx);
  return Math.max(0, ...names.map((name) => epochOfUser(name) ?? 0));
}

async function settled(ctx: Context, session: Session, { namespace }: Policy, record: RoleRecord): Promise<void> {
  noteEpoch(ctx.journal, namespace, record);
  await retireOlder(ctx, session, namespace, record.epoch);
}

const otherRecord = (session: Session, { namespace }: Policy, { epoch }: RoleRecord): Problem =>
  new Problem({
    kind: 'refused',
    place: session.name,
    cause: `it holds another role record of ${namespaceTitle(namespace)} than that of epoch ${epoch}, of the same epoch or a higher one`,
    remedy: 'Look at both with roles: if two devices claim to be primary, a person must choose (promote)',
  });
