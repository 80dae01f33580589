import { type BackupPass, openDeviceBackup } from '../backup/device-backup.ts';
import { mapConcurrently } from '../concurrent.ts';
import type { Session } from '../device/session.ts';
import type { KeyFacts } from '../key-facts.ts';
import type { KeyId, Namespace } from '../names.ts';
import type { WorkOptions } from '../progress.ts';
import { addToDrift, compareInventories, differenceOf, emptyDrift, type Meeting, meet } from './compare.ts';
import { type CheckOff, checkOff } from './id-lists.ts';
import { compareIds, type Drift, type InventoryItem } from './item.ts';
import { hasNamespace, READS_AT_ONCE, type ReadOptions, readIds, readInventory, readOpenable } from './read.ts';
import { type SealedItem, sealedItems } from './sealed.ts';

/** Up to so many keys are read one by one; for more, one pass over the backup of each device is the cheaper way. */
const FEW_KEYS = 500;
/** Up to so many keys that one device alone has are read too, which tells whether it can open them. */
const FEW_ALONE = 5_000;
/** Keys that are read before their differences are noted. */
const BATCH = 512;

/**
 * The drift of a replica from its primary, both reachable. Small namespaces are listed and read; of large ones the sealed
 * bytes in the backups of both devices are compared, and only keys whose bytes differ are read. Devices of different
 * Domain Keys are always read. On a replica that lacks the namespace every key is missing.
 */
export async function findDrift(
  primary: Session,
  replica: Session,
  namespace: Namespace,
  options: WorkOptions = {},
): Promise<Drift> {
  const unreadable = new Set<KeyId>();
  const reading = { ...options, onUnreadable: (id: KeyId) => void unreadable.add(id) };
  const byReading = async (): Promise<Drift> =>
    apart(
      await compareInventories(readInventory(primary, namespace, reading), readInventory(replica, namespace, reading)),
      unreadable,
    );
  const listed = await readIds(primary, namespace, options);
  if (!(await hasNamespace(replica, namespace, options))) return { ...emptyDrift(), missing: [...listed] };
  if (listed.length <= FEW_KEYS) return byReading();
  const met = [checkOff(listed), checkOff(await readIds(replica, namespace, options))] as const;
  const left = await openDeviceBackup(primary, options);
  const right = await openDeviceBackup(replica, options);
  const sealed = await compareSealed(left, right, namespace, met);
  if (left.summary().domain !== right.summary().domain) return byReading();
  const { drift, suspects } = sortSealed(sealed, new Set([...met[0].missing(), ...met[1].missing()]));
  const phase = `reading what differs between ${primary.name} and ${replica.name}`;
  for (let from = 0; from < suspects.length; from += BATCH) {
    const part = suspects.slice(from, from + BATCH);
    const meetings = await mapConcurrently(part, READS_AT_ONCE, (id) =>
      readBoth(primary, replica, namespace, id, reading),
    );
    for (const meeting of meetings) if (meeting !== undefined) addToDrift(drift, differenceOf(meeting));
    options.onProgress?.({ phase, done: from + part.length, total: suspects.length, unit: 'keys' });
  }
  return apart(drift, unreadable);
}

/** The same in order, with the keys that a device can't open in a list of their own: they were taken for absent there. */
const apart = (drift: Drift, unreadable: ReadonlySet<KeyId>): Drift => ({
  ...drift,
  missing: drift.missing.filter((id) => !unreadable.has(id)).sort(compareIds),
  extra: drift.extra.filter((id) => !unreadable.has(id)).sort(compareIds),
  unreadable: [...unreadable].sort(compareIds),
});

/** What the sealed bytes in two backups tell. */
interface SealedDrift extends Pick<Drift, 'missing' | 'extra' | 'same'> {
  /** In both, with other bytes. */
  other: KeyId[];
}

async function compareSealed(
  left: BackupPass,
  right: BackupPass,
  namespace: Namespace,
  met: readonly [CheckOff<KeyId>, CheckOff<KeyId>],
): Promise<SealedDrift> {
  const found: SealedDrift = { missing: [], extra: [], other: [], same: 0 };
  for await (const meetings of meet(sealedItems(left, namespace), sealedItems(right, namespace))) {
    for (const meeting of meetings) {
      const id = meeting.id as KeyId;
      if (meeting.left !== undefined) met[0].see(id);
      if (meeting.right !== undefined) met[1].see(id);
      if (isSameSealed(meeting)) found.same += 1;
      else if (meeting.right === undefined) found.missing.push(id);
      else if (meeting.left === undefined) found.extra.push(id);
      else found.other.push(id);
    }
  }
  return found;
}

/**
 * What is known already, and which keys are to be read, in order. A backup leaves out what the device could not read: what
 * is listed and was `unseen` in a backup is looked at too. Of very many that one device alone has, none is read.
 */
function sortSealed(
  { missing, extra, other, same }: SealedDrift,
  unseen: ReadonlySet<KeyId>,
): { drift: Drift; suspects: KeyId[] } {
  const few = missing.length + extra.length <= FEW_ALONE;
  const suspects = new Set([...other, ...unseen, ...(few ? [...missing, ...extra] : [])]);
  const isClear = (id: KeyId): boolean => !suspects.has(id);
  const drift = { ...emptyDrift(), same, missing: missing.filter(isClear), extra: extra.filter(isClear) };
  return { drift, suspects: [...suspects].sort(compareIds) };
}

const isSameSealed = ({ left, right }: Meeting<SealedItem, SealedItem>): boolean =>
  left !== undefined && right !== undefined && left.value.equals(right.value);

async function readBoth(
  primary: Session,
  replica: Session,
  namespace: Namespace,
  id: KeyId,
  options: ReadOptions,
): Promise<Meeting<InventoryItem, InventoryItem> | undefined> {
  const [left, right] = await Promise.all([
    readOpenable(primary, namespace, id, options),
    readOpenable(replica, namespace, id, options),
  ]);
  if (left === undefined && right === undefined) return undefined;
  return { id, left, right } as Meeting<InventoryItem, InventoryItem>;
}

/** Opens a sealed key for a comparison of files; undefined when it can't be opened. */
export type OpenSealed = (item: SealedItem) => KeyFacts | undefined;

/**
 * The drift between two backup files of devices, without a device. Keys with other bytes differ in the fields that
 * unsealing shows; without unsealing, or where it fails, they differ with no field named.
 */
export async function compareBackups(
  left: { pass: BackupPass; open?: OpenSealed },
  right: { pass: BackupPass; open?: OpenSealed },
  namespace: Namespace,
): Promise<Drift> {
  const drift = emptyDrift();
  for await (const meetings of meet(sealedItems(left.pass, namespace), sealedItems(right.pass, namespace))) {
    for (const meeting of meetings) {
      const id = meeting.id as KeyId;
      if (meeting.left === undefined) drift.extra.push(id);
      else if (meeting.right === undefined) drift.missing.push(id);
      else if (isSameSealed(meeting)) drift.same += 1;
      else {
        const [a, b] = [left.open?.(meeting.left), right.open?.(meeting.right)];
        if (a === undefined || b === undefined) drift.differs.push({ id, fields: [] });
        else addToDrift(drift, differenceOf({ id, left: { id, facts: a }, right: { id, facts: b } }));
      }
    }
  }
  return drift;
}
