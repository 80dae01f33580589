import { type BackupPass, openDeviceBackup } from '../backup/device-backup.ts';
import { mapConcurrently } from '../concurrent.ts';
import type { Session } from '../device/session.ts';
import type { KeyFacts } from '../key-facts.ts';
import type { KeyId, Namespace } from '../names.ts';
import type { WorkOptions } from '../progress.ts';
import { addToDrift, compareInventories, differenceOf, emptyDrift, type Meeting, meet } from './compare.ts';
import { type CheckOff, checkOff } from './id-lists.ts';
import { compareIds, type Drift, type InventoryItem } from './item.ts';
import { hasNamespace, listIds, READS_AT_ONCE, type ReadOptions, readInventory, readOpenable } from './read.ts';
import { type SealedItem, sealedItems } from './sealed.ts';

/** Up to so many keys are read one by one; for more, one pass over the backup of each device is the cheaper way. */
const FEW_KEYS = 500;

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
  const listed = await listIds(primary, namespace, options);
  if (!(await hasNamespace(replica, namespace, options))) return { ...emptyDrift(), missing: listed };
  if (listed.length <= FEW_KEYS) return byReading();
  const met = [checkOff(listed), checkOff(await listIds(replica, namespace, options))] as const;
  const left = await openDeviceBackup(primary, options);
  const right = await openDeviceBackup(replica, options);
  const { suspects, same } = await compareSealed(left, right, namespace, met);
  if (left.summary().domain !== right.summary().domain) return byReading();
  const drift = { ...emptyDrift(), same };
  // A backup leaves out what the device could not read: what is listed and in no backup is looked at too.
  const unseen = new Set([...suspects, ...met[0].missing(), ...met[1].missing()]);
  const meetings = await mapConcurrently([...unseen].sort(compareIds), READS_AT_ONCE, (id) =>
    readBoth(primary, replica, namespace, id, reading),
  );
  for (const meeting of meetings) if (meeting !== undefined) addToDrift(drift, differenceOf(meeting));
  return apart(drift, unreadable);
}

/** The same with the keys that a device can't open in a list of their own: they were taken for absent there. */
const apart = (drift: Drift, unreadable: ReadonlySet<KeyId>): Drift => ({
  ...drift,
  missing: drift.missing.filter((id) => !unreadable.has(id)),
  extra: drift.extra.filter((id) => !unreadable.has(id)),
  unreadable: [...unreadable].sort(compareIds),
});

/** The keys of a namespace that are not byte for byte the same in two backups, ordered by id, and how many are. */
export async function compareSealed(
  left: BackupPass,
  right: BackupPass,
  namespace: Namespace,
  met: readonly [CheckOff<KeyId>, CheckOff<KeyId>],
): Promise<{ suspects: KeyId[]; same: number }> {
  const suspects: KeyId[] = [];
  let same = 0;
  for await (const meetings of meet(sealedItems(left, namespace), sealedItems(right, namespace))) {
    for (const meeting of meetings) {
      const id = meeting.id as KeyId;
      if (meeting.left !== undefined) met[0].see(id);
      if (meeting.right !== undefined) met[1].see(id);
      if (isSameSealed(meeting)) same += 1;
      else suspects.push(id);
    }
  }
  return { suspects, same };
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
