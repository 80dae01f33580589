import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { backupKeyOf, openPass, visitAll } from '../backup/device-backup.ts';
import { downloadBackup } from '../device/backup.ts';
import { listNamespaces } from '../device/namespaces.ts';
import type { Session } from '../device/session.ts';
import { listUsers } from '../device/users.ts';
import { createNewFile, type NewFile } from '../new-file.ts';
import { Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';

/** What a whole backup of a device holds. */
export interface DeviceBackupReport {
  file: string;
  deviceId: string | undefined;
  domain: string;
  entries: number;
  keys: number;
}

/**
 * Takes a whole backup of a device into a new file and verifies it on the way: every tag, the end mark, and that the
 * users and namespaces that the device lists are in it (the device leaves out what it could not read, with only a
 * line in its log). Throws a Problem and leaves no file when it is not whole.
 */
export async function backupDevice(
  session: Session,
  out: string,
  options: WorkOptions = {},
): Promise<DeviceBackupReport> {
  const root = await session.administrator();
  const listed = {
    users: await listUsers(session.node, root, options),
    namespaces: await listNamespaces(session.node, root, options),
  };
  const credential = await session.backup();
  const file = await createNewFile(out);
  const seen = { users: new Set<string>(), namespaces: new Set<string>(), keys: 0 };
  try {
    const source = tee(await downloadBackup(session.node, credential, options), file);
    const pass = await openPass(source, { ...options, key: backupKeyOf(session), place: `backup of ${session.name}` });
    const backup = await visitAll(pass, (entry, path) => {
      if (path.kind === 'key') seen.keys += 1;
      if (path.kind === 'namespace') seen.namespaces.add(path.namespace);
      if (path.kind === 'user') seen.users.add(entry.path.slice('/authentication/'.length));
    });
    requireAll(session.name, 'user', listed.users, seen.users);
    requireAll(session.name, 'namespace', listed.namespaces, seen.namespaces);
    await file.commit();
    return {
      file: out,
      deviceId: backup.header.deviceId,
      domain: backup.domain,
      entries: backup.entries,
      keys: seen.keys,
    };
  } finally {
    await file.abandon();
  }
}

/**
 * The whole backup that is taken before the first change to a device of a release, once; gives its place.
 */
export async function ensureDeviceBackup(
  session: Session,
  folder: string,
  device: { deviceId: string; softwareVersion: string },
  options: WorkOptions = {},
): Promise<string> {
  const file = join(folder, `${session.name}-${device.deviceId}-${device.softwareVersion}.nethsm-backup`);
  const there = await stat(file).then(
    (info) => info.size > 0,
    () => false,
  );
  if (!there) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await backupDevice(session, file, options);
  }
  return file;
}

async function* tee(source: AsyncIterable<Uint8Array>, file: NewFile): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    await file.write(chunk);
    yield chunk;
  }
}

function requireAll(device: string, what: string, listed: readonly string[], seen: ReadonlySet<string>): void {
  const missing = listed.filter((id) => !seen.has(id));
  if (missing.length === 0) return;
  throw new Problem({
    kind: 'damaged',
    place: `backup of ${device}`,
    cause: `the device lists ${missing.length} ${what}s that its backup lacks (${missing.slice(0, 5).join(', ')})`,
    remedy: 'Look into the log of the device: it could not read them; if they were made just now, run this again',
  });
}
