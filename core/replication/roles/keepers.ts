import { askNodes } from '../../device/answering-nodes.ts';
import { listNamespaces } from '../../device/namespaces.ts';
import type { Session } from '../../device/session.ts';
import { namespaceTitle, ROOT, type UserName, userId } from '../../names.ts';
import { Problem } from '../../problem.ts';
import { deliver } from '../../transfer/deliver.ts';
import { makeReady } from '../../transfer/prepare-target.ts';
import { isWhole } from '../../transfer/report.ts';
import type { SealedEntry } from '../../transfer/sealed-entry.ts';
import { openTarget, type Target } from '../../transfer/target.ts';
import type { Context } from '../context.ts';
import type { Policy } from '../policy.ts';
import { tell } from '../tell.ts';
import { type ArchivedKeepers, unlessBroken } from './archived-keepers.ts';
import { archivesOf, namedArchive } from './find-archive.ts';
import { leaveLock } from './lock-step.ts';
import { settle } from './settle.ts';
import { readUsers } from './users.ts';

export { begunArchive, ensureKeepersArchive, type KeepersArchive, presentKeepers } from './keepers-archive.ts';

/** Which keepers are on a device again. */
export interface KeepersReport {
  device: string;
  /** The archive that they came from; empty when there was none. */
  file: string;
  /** Those that were missing and came back. */
  keepers: readonly UserName[];
  /** Those of the archive that were there already. */
  present: readonly UserName[];
  /** What a person must look after. */
  warning?: string;
}

/**
 * Brings the keepers of a namespace back onto a device, passphrases and all, out of the newest archive of the device's domain
 * that holds any, or of the one named; who is there already stays as he is. All of it is done as R-Administrator, so that it
 * works when our own N-Administrator's passphrase is lost. Where no archive can bring a keeper, nothing is done and a warning
 * says so, unless one was named. In root there is nothing to do.
 */
export async function bringKeepersBack(
  ctx: Context,
  session: Session,
  policy: Policy,
  from?: string,
): Promise<KeepersReport> {
  const { namespace } = policy;
  const nothing: KeepersReport = { device: session.name, file: '', keepers: [], present: [] };
  if (namespace === ROOT) return nothing;
  await requireNamespace(ctx, session, policy);
  const own = await ownName(session, policy);
  const users = await readUsers(session.node, await session.administrator(), namespace, ctx);
  const there = new Set(users.map(({ name }) => name));
  const asRoot: Session = { ...session, namespaceAdministrator: () => session.administrator() };
  let target: Target | undefined;
  const archives = from === undefined ? archivesOf(ctx, policy, own) : [await namedArchive(ctx, policy, own, from)];
  for await (const archive of archives) {
    const names = [...archive.keepers.keys()].filter((name) => name !== own || !there.has(name));
    const keepers = names.filter((name) => !there.has(name));
    const present = names.filter((name) => there.has(name));
    if (keepers.length > 0) {
      target ??= await openTarget(asRoot, namespace, ctx);
      // Of another domain: the folder is shared with another pair of devices, or it was made before they were paired.
      if (from === undefined && target.domain !== archive.domain) continue;
      await append(ctx, target, archive, keepers);
    }
    leaveLock(ctx, policy, session.name);
    return { device: session.name, file: archive.file, keepers, present };
  }
  return { ...nothing, warning: noArchive(policy, session.name) };
}

async function append(
  ctx: Context,
  target: Target,
  { file, namespace, domain, release, keepers }: ArchivedKeepers,
  names: readonly UserName[],
): Promise<void> {
  const { session } = target;
  const origin = { place: file, domain, release };
  const report = await makeReady(target, origin, ctx);
  const entries = names.map((name) => keepers.get(name) as SealedEntry);
  report.users = report.asked = entries.length;
  const delivery = { origin, entries: () => batchOf(entries), administrators: new Set(names) };
  await deliver(target, delivery, report, ctx);
  await settle(ctx, session.device);
  await askNodes(session, async (node) => {
    const users = await readUsers(node, await session.administrator(), namespace, ctx);
    const back = new Set(users.filter(({ role }) => role === 'Administrator').map(({ name }) => name));
    const missing = names.filter((name) => !back.has(name));
    if (missing.length > 0 || !isWhole(report)) throw notBack(node.place, missing, report.stopped);
  });
  tell(ctx, {
    namespace,
    device: session.name,
    kind: 'keepers',
    level: 'warning',
    text: `keepers of ${namespaceTitle(namespace)} are back, from ${file}: ${names.join(', ')}`,
  });
}

async function* batchOf(entries: SealedEntry[]): AsyncGenerator<SealedEntry[]> {
  yield entries;
}

/** The name of our own N-Administrator; undefined when no secret for him can be had. */
async function ownName(session: Session, { namespace }: Policy): Promise<UserName | undefined> {
  const credential = await unlessBroken(session.namespaceAdministrator(namespace));
  return credential && (credential.user.slice(userId(namespace, '' as UserName).length) as UserName);
}

async function requireNamespace(ctx: Context, session: Session, { namespace }: Policy): Promise<void> {
  const there = await listNamespaces(session.node, await session.administrator(), ctx);
  if (there.includes(namespace)) return;
  throw new Problem({
    kind: 'not-found',
    place: session.name,
    cause: `it has no namespace ${namespace}`,
    remedy: 'Restore it there first, or name another device',
  });
}

const noArchive = ({ namespace }: Policy, device: string): string =>
  `no archive of ${namespaceTitle(namespace)} at hand holds a keeper whom ${device} can take, so only our own N-Administrator can change it: name an archive with break-glass`;

const notBack = (place: string, missing: readonly string[], stopped: string | undefined): Problem =>
  new Problem({
    kind: 'partial',
    place,
    cause: `not all keepers came back (missing: ${missing.join(', ') || 'none that is listed'})${stopped === undefined ? '' : `: ${stopped}`}`,
    remedy: 'Look at the users of the namespace there, then run this again',
  });
