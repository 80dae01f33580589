import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
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

/** When a file was made, for its name: `2026-11-24T12-00-00-000Z`. */
export const stampNow = (): string => new Date().toISOString().replaceAll(/[:.]/g, '-');

/** What stands beside a kept whole backup. */
const SEAL = z.object({ domain: z.string(), sha256: z.string() });

/**
 * The whole backup that is taken before the first change to a device of a release and domain, once; gives its place.
 * One that was changed since it was verified does not count.
 */
export async function ensureDeviceBackup(
  session: Session,
  folder: string,
  device: { deviceId: string; softwareVersion: string; domain: string },
  options: WorkOptions = {},
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const prefix = `${session.name}-${device.deviceId}-${device.softwareVersion}-`;
  for (const name of (await readdir(folder))
    .filter((name) => name.startsWith(prefix))
    .sort()
    .reverse()) {
    const kept = join(folder, name);
    if (name.endsWith(KEPT) && (await isAsVerified(kept, device.domain))) return kept;
  }
  const file = join(folder, `${prefix}${stampNow()}${KEPT}`);
  const { domain } = await backupDevice(session, file, options);
  const seal = await createNewFile(`${file}.json`);
  await seal.write(Buffer.from(JSON.stringify({ domain, sha256: await sha256Of(file) })));
  await seal.commit();
  return file;
}

const KEPT = '.nethsm-backup';

async function isAsVerified(file: string, domain: string): Promise<boolean> {
  const text = await readFile(`${file}.json`, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  try {
    const seal = SEAL.parse(JSON.parse(text));
    return seal.domain === domain && seal.sha256 === (await sha256Of(file));
  } catch {
    return false;
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
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
