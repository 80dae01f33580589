import { readFileSync, statSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { Problem } from '../problem.ts';

/** Whether an origin with a pin was confirmed by a person: only a known one is sent anything. */
export interface KnownDevices {
  check(origin: string, pin: string): 'known' | 'new' | 'changed';
}

/** The known-devices file: one pin an origin, confirmed once. */
export interface KnownDevicesFile extends KnownDevices {
  readonly file: string;
  /** Remembers that a person (or `--trust-new-devices`) confirmed this pin, in place of an older one. */
  confirm(origin: string, pin: string): Promise<void>;
}

const CONTENT = z.object({ version: z.literal(1), devices: z.record(z.string(), z.string()) });
type Devices = Record<string, string>;

/**
 * Opens the known-devices file; an absent one is empty. A file (or a folder) that other users can write is refused, since it
 * decides where secrets go. Throws `unreadable` or `damaged`.
 */
export function openKnownDevices(file: string): KnownDevicesFile {
  let devices = load(file);
  let turn: Promise<void> = Promise.resolve();
  return {
    file,
    check(origin, pin) {
      // A person may have confirmed it in another process since.
      if (devices[origin] !== pin) devices = load(file);
      const confirmed = Object.hasOwn(devices, origin) ? devices[origin] : undefined;
      if (confirmed === undefined) return 'new';
      return confirmed === pin ? 'known' : 'changed';
    },
    confirm(origin, pin) {
      turn = turn
        .catch(() => {})
        .then(async () => {
          // Read again: another process may have confirmed something meanwhile.
          const next = { ...load(file), [origin]: pin };
          await save(file, next);
          devices = next;
        });
      return turn;
    },
  };
}

function load(file: string): Devices {
  let text: string;
  try {
    refuseWritable(dirname(file));
    refuseWritable(file);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    if (error instanceof Problem) throw error;
    throw problem('unreadable', file, `it can't be read (${codeOf(error)})`, 'Make it readable for this user');
  }
  try {
    return CONTENT.parse(JSON.parse(text)).devices;
  } catch {
    throw problem('damaged', file, 'it is no list of known devices', 'Move it away and confirm the devices again');
  }
}

/** Throws when others than this user and root can write a file or folder. Windows has no such bits. */
function refuseWritable(path: string): void {
  const { mode, uid } = statSync(path);
  if (process.platform === 'win32' || process.getuid === undefined) return;
  // A sticky folder like /tmp lets nobody replace another's file.
  const othersWrite = (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
  if (!othersWrite && (uid === process.getuid() || uid === 0)) return;
  throw problem('unreadable', path, 'other users can write it', `Make it this user's own: chmod go-w ${path}`);
}

async function save(file: string, devices: Devices): Promise<void> {
  const part = `${file}.${process.pid}.${Date.now()}.part`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(part, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify({ version: 1, devices }, undefined, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw problem(
      'unreadable',
      file,
      `it can't be written (${codeOf(error)})`,
      'Make its folder writable for this user',
    );
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown error';
const problem = (kind: 'unreadable' | 'damaged', place: string, cause: string, remedy: string): Problem =>
  new Problem({ kind, place, cause, remedy });
