import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type BackupSummary, backupKeyOf, openPass, visitAll } from '../backup/device-backup.ts';
import { brandRestoreBody, type RestoreBody } from '../device/restore.ts';
import type { Session } from '../device/session.ts';
import { Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';

declare const brand: unique symbol;

/**
 * A whole backup in a file that was just read to its end: complete, of the domain and with as many entries as it must have. A
 * device that gets it removes whatever it lacks (hazard 4), so only {@link checkWholeFile} makes one.
 */
export interface WholeFile {
  readonly [brand]: true;
  readonly path: string;
  /** Bytes. */
  readonly length: number;
  readonly summary: BackupSummary;
}

/** Throws a Problem `refused` for a cluster: what its other nodes make of a whole restore on one of them was never measured. */
export function requireOneNode({ name, device }: Session, remedy: string): void {
  if (device.nodes.length === 1) return;
  throw new Problem({
    kind: 'refused',
    place: name,
    cause: `it is a cluster of ${device.nodes.length} nodes, and a whole restore goes to one of them`,
    remedy,
  });
}

/**
 * Reads a backup file of a device from beginning to end. `keyOf` is the session of the device whose backup passphrase
 * opens it. A file of the old format shows no cut at the border of two entries, so they are counted.
 */
export async function checkWholeFile(
  path: string,
  keyOf: Session,
  expected: { entries: number; domain: string },
  options: WorkOptions = {},
): Promise<WholeFile> {
  const { size } = await stat(path);
  const pass = await openPass(createReadStream(path), { ...options, key: backupKeyOf(keyOf), place: path });
  const summary = await visitAll(pass, () => {});
  const { entries, domain } = summary;
  if (entries === expected.entries && domain === expected.domain) return { path, length: size, summary } as WholeFile;
  throw new Problem({
    kind: 'damaged',
    place: path,
    cause: `it holds ${entries} entries where ${expected.entries} were written, or is of another Domain Key`,
    remedy: 'Look whether the disk is full or somebody else writes there, then run this again',
  });
}

const fileOf = ({ path, length }: WholeFile) => ({ file: () => createReadStream(path), length });

/** The body that gives a device everything of another one. An unprovisioned device also wants to know the time. */
export const pairingBody = (file: WholeFile, passphrase: string, systemTime: Date | undefined): RestoreBody =>
  brandRestoreBody({
    kind: 'whole',
    arguments: JSON.stringify({
      backupPassphrase: passphrase,
      ...(systemTime && { systemTime: `${systemTime.toISOString().slice(0, 19)}Z` }),
    }),
    ...fileOf(file),
  });

/**
 * The body that gives a device its own backup back. Without a passphrase: the device then uses its own key, and refuses a
 * file whose salt is not its own before anything happens.
 */
export const ownBody = (file: WholeFile): RestoreBody =>
  brandRestoreBody({ kind: 'whole', arguments: '{}', ...fileOf(file) });
