import { createReadStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDeviceBackup } from '../../backup/device-backup.ts';
import type { Session } from '../../device/session.ts';
import { namespaceTitle, type UserName, userId } from '../../names.ts';
import { createNewFile } from '../../new-file.ts';
import { Problem } from '../../problem.ts';
import { backupNamespace } from '../../transfer/backup-namespace.ts';
import type { Context } from '../context.ts';
import type { Policy } from '../policy.ts';
import { type ArchivedKeepers, readArchivedKeepers, unlessBroken } from './archived-keepers.ts';
import { type ArchivedWho, keepersFile, keepersFiles, keepersPlaces } from './keepers-places.ts';
import { begunLock } from './lock-step.ts';
import { readUsers } from './users.ts';

/** A verified archive of the keepers of a namespace on a device, at two places. */
export interface KeepersArchive {
  files: readonly [string, string];
  /** N-Administrators other than our own who are on the device now; all of them are in it. */
  keepers: readonly UserName[];
  /** Whether it was made now; an earlier one of the same keepers is kept. */
  made: boolean;
}

/**
 * Makes sure that a verified archive with all present N-Administrators of a namespace on a device lies at two places. The
 * newest one is kept when it holds just them, sealed as they are now (or them and others, when it is that of a lock which
 * began and did not end); else another is made, of the users alone, verified, copied byte for byte to the second place, and
 * verified there. One or two passes of the device over its store. Throws a Problem `refused` when there is no second place.
 */
export async function ensureKeepersArchive(
  ctx: Context,
  session: Session,
  policy: Policy,
  who: ArchivedWho,
): Promise<KeepersArchive> {
  const [first, second] = keepersPlaces(ctx, policy);
  const present = await presentKeepers(ctx, session, policy);
  const kept = await keptArchive(ctx, session, policy, who, present);
  if (kept !== undefined) return { files: kept, keepers: present, made: false };
  const name = keepersFile({
    policy,
    device: session.name,
    who,
    at: ctx.clock.now(),
    nonce: ctx.random(2).toString('hex'),
  });
  const files = [join(first, name), join(second, name)] as const;
  for (const folder of [first, second]) await makeFolder(folder);
  const passphrase = await ctx.archivePassphrase();
  await backupNamespace(session, policy.namespace, { out: files[0], passphrase, only: 'users' }, ctx);
  await copyFile(...files);
  for (const file of files) requireKeepers(await readArchivedKeepers(file, passphrase, ctx), present);
  return { files, keepers: present, made: true };
}

/** The archive of a lock that began on a device and did not end. */
export function begunArchive(ctx: Context, policy: Policy, device: string): string | undefined {
  const begun = begunLock(ctx.journal, policy, device);
  return begun && join(keepersPlaces(ctx, policy)[0], begun.archive);
}

/** The N-Administrators of a namespace on a device other than our own, as the device tells. */
export async function presentKeepers(
  ctx: Context,
  session: Session,
  { namespace }: Policy,
  node = session.node,
): Promise<UserName[]> {
  const credential = await session.namespaceAdministrator(namespace);
  const users = await readUsers(node, credential, namespace, ctx);
  return users
    .filter(({ name, role }) => role === 'Administrator' && userId(namespace, name) !== credential.user)
    .map(({ name }) => name)
    .sort();
}

/** The archive to go on with, when both copies are the same and whole, and hold the present keepers as they are sealed now. */
async function keptArchive(
  ctx: Context,
  session: Session,
  policy: Policy,
  who: ArchivedWho,
  present: readonly UserName[],
): Promise<readonly [string, string] | undefined> {
  const [first, second] = keepersPlaces(ctx, policy);
  const begun = begunLock(ctx.journal, policy, session.name);
  const name = begun?.archive ?? (await keepersFiles(first, policy, session.name, who))[0];
  if (name === undefined) return undefined;
  const files = [join(first, name), join(second, name)] as const;
  const [one, other] = await Promise.all(files.map((file) => readFile(file).catch(() => undefined)));
  if (one === undefined || other === undefined || !one.equals(other)) return undefined;
  // One that is not whole, or under an earlier passphrase, does not count: another is made.
  const archive = await unlessBroken(readArchivedKeepers(files[0], await ctx.archivePassphrase(), ctx));
  if (archive === undefined || (begun === undefined && !(await holdsJust(session, archive, present)))) return undefined;
  return (await isOfNow(ctx, session, archive, present)) ? files : undefined;
}

/** Whether an archive holds nobody else than those who are present, and our own N-Administrator. */
async function holdsJust(
  session: Session,
  { namespace, keepers }: ArchivedKeepers,
  present: readonly UserName[],
): Promise<boolean> {
  const own = (await session.namespaceAdministrator(namespace)).user;
  return [...keepers.keys()].every((name) => present.includes(name) || userId(namespace, name) === own);
}

/** Whether those who are present are in an archive, sealed as they are on the device now. */
async function isOfNow(
  ctx: Context,
  session: Session,
  archive: ArchivedKeepers,
  present: readonly UserName[],
): Promise<boolean> {
  let same = 0;
  const { domain } = await readDeviceBackup(
    session,
    ({ value }, path) => {
      if (path.kind !== 'user' || path.namespace !== archive.namespace || !present.includes(path.name)) return;
      if (archive.keepers.get(path.name)?.value.equals(value)) same += 1;
    },
    ctx,
  );
  return same === present.length && domain === archive.domain;
}

function requireKeepers({ file, namespace, keepers }: ArchivedKeepers, present: readonly UserName[]): void {
  const missing = present.filter((name) => !keepers.has(name));
  if (missing.length === 0) return;
  throw new Problem({
    kind: 'damaged',
    place: file,
    cause: `it lacks keepers of ${namespaceTitle(namespace)} (${missing.join(', ')}), so nobody was removed`,
    remedy: 'If somebody changed the users just now, run this again',
  });
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new Problem(
      {
        kind: 'unexpected',
        place: folder,
        cause: `the folder can not be made (${error.code})`,
        remedy: 'Check the place and who may write there',
      },
      { cause: error },
    );
  });
}

async function copyFile(from: string, to: string): Promise<void> {
  const copy = await createNewFile(to);
  try {
    for await (const chunk of createReadStream(from)) await copy.write(chunk as Buffer);
    await copy.commit();
  } finally {
    await copy.abandon();
  }
}
