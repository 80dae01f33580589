import { createSecretKey, type KeyObject } from 'node:crypto';
import type { BackupSummary } from '../backup/device-backup.ts';
import type { BackupEntry } from '../backup/format.ts';
import { Problem } from '../problem.ts';

declare const brand: unique symbol;

/**
 * A node's own backup header together with its own unlock salt of the same backup: never apart, because a header
 * whose locked Domain Key is no longer the node's makes it unopenable, and the salt beside it makes that
 * recoverable (hazard 1, recordings 14 and 21). Only {@link headerPair} makes one.
 */
export interface HeaderPair {
  readonly [brand]: true;
  readonly deviceId: string;
  readonly header: Buffer;
  readonly backupKey: KeyObject;
  readonly unlockSalt: BackupEntry;
}

/**
 * Takes the pair out of a backup that was just made on the node that will get it back.
 * `nodeDeviceId` is that node's `deviceId` from `/system/info`: another node's header wipes the other's
 * configuration (hazard 2). Throws a Problem `refused`.
 */
export function headerPair(backup: BackupSummary, nodeDeviceId: string, place: string): HeaderPair {
  const { header, unlockSalt, backupKey } = backup;
  const refuse = (cause: string, remedy: string): Problem => new Problem({ kind: 'refused', place, cause, remedy });
  if (header.version !== 1 || header.deviceId === undefined) {
    throw refuse(
      `its backups are of format V${header.version}, which append does not work with`,
      'Update the device to release 4.0 or later',
    );
  }
  if (header.deviceId !== nodeDeviceId) {
    throw refuse(
      `the backup came from node ${header.deviceId}, but the node answering is ${nodeDeviceId}`,
      'Name each node by its own address in the manifest, without a load balancer in between',
    );
  }
  if (unlockSalt === undefined) {
    throw refuse('its backup holds no unlock salt of its own', 'Run doctor on the device, and ask its vendor');
  }
  return {
    deviceId: header.deviceId,
    header: header.raw,
    backupKey: createSecretKey(backupKey),
    unlockSalt,
  } as HeaderPair;
}
