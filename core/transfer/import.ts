import { openDeviceBackup, visitAll } from '../backup/device-backup.ts';
import type { BackupEntry } from '../backup/format.ts';
import { type SecretKey, storeKey } from '../backup/sealing.ts';
import { unlockDomainKey, unlockSaltPath } from '../backup/unseal.ts';
import { systemInfo } from '../device/info.ts';
import { importKey } from '../device/keys.ts';
import type { Session } from '../device/session.ts';
import { differingFields } from '../inventory/compare.ts';
import { readIds, readKey } from '../inventory/read.ts';
import type { KeyFacts } from '../key-facts.ts';
import { type KeyId, type Namespace, namespaceTitle } from '../names.ts';
import { isProblem, Problem } from '../problem.ts';
import type { WorkOptions } from '../progress.ts';
import { MAX_COPIED_KEYS, readFacts, settleKey } from './copy-keys.ts';
import { ensureNamespace } from './ensure-namespace.ts';
import { importSealed } from './import-key.ts';
import { alignMetadata, METADATA } from './metadata.ts';
import { compareReleases } from './releases.ts';
import { emptyReport, type TransferReport } from './report.ts';
import { requireOperational } from './target.ts';

/** Which keys go where, in plaintext through our memory. */
export interface ImportRequest {
  from: Session;
  to: Session;
  namespace: Namespace;
  ids: readonly KeyId[];
  /** Under another id, which takes a single key, or into another namespace. */
  as?: { namespace?: Namespace; id?: KeyId };
  /** Whether the manifest says `transfer: import`; without it nothing is opened. */
  allowed: boolean;
}

/** A key that is to be made on the target. */
interface Wanted {
  id: KeyId;
  /** Its id on the target. */
  to: KeyId;
  /** What it must be there. */
  facts: KeyFacts;
  /** Why the copy can't be whole, when it can't. */
  lacks?: string;
}

/**
 * Copies keys by opening them: reads their sealed entries in a backup of the source, opens them with its unlock passphrase
 * and imports them on the target, which may be of any release and have any Domain Key. Keys that are there already get
 * tags, label and certificate; others of the same id are conflicts. Private keys are in plaintext in our memory, one
 * at a time, in Buffers that are wiped; the unlock passphrase itself is a string and can't be.
 * Throws a Problem `refused` when the manifest does not allow it.
 */
export async function importKeys(request: ImportRequest, options: WorkOptions = {}): Promise<TransferReport> {
  requireAllowed(request);
  const { from, to, as } = request;
  const namespace = as?.namespace ?? request.namespace;
  await requireOperational(from, options);
  await requireOperational(to, options);
  const facts = await readFacts(from, request.namespace, request.ids, options);
  const { softwareVersion } = await systemInfo(to.node, await to.administrator(), options);
  const wanted = [...facts].map(([id, facts]) => wantedOn(softwareVersion, id, as?.id ?? id, facts));
  const report = emptyReport(namespace, to.name);
  report.asked = report.keys = wanted.length;
  report.created = await ensureNamespace(to, namespace, options);
  const listed = await readIds(to, namespace, options);
  const missing = wanted.filter((key) => !listed.has(key.to));
  for (const key of wanted) if (listed.has(key.to)) await settle(to, namespace, key, report);
  if (missing.length === 0) return report;
  const { keyStoreKey, entries } = await openSource(request, missing, options);
  try {
    for (const key of missing) {
      if (options.signal?.aborted) {
        report.stopped = 'it was cancelled; what was imported before is there and verified';
        return report;
      }
      await importOne(to, namespace, key, { keyStoreKey, entry: entries.get(key.id) }, report);
      options.onProgress?.({
        phase: `importing to ${to.name}`,
        done: report.same + report.done,
        total: report.asked,
        unit: 'keys',
      });
      if (report.stopped !== undefined) return report;
    }
    return report;
  } finally {
    keyStoreKey.fill(0);
  }
}

function requireAllowed({ from, to, namespace, ids, as, allowed }: ImportRequest): void {
  if (ids.length > MAX_COPIED_KEYS) throw new RangeError(`${ids.length} keys in one copy`);
  if (as?.id !== undefined && ids.length !== 1) throw new RangeError('another id is for a single key');
  if (allowed) return;
  throw new Problem({
    kind: 'refused',
    place: `${namespaceTitle(namespace)} from ${from.name} to ${to.name}`,
    cause:
      'importing opens private keys in the memory of this computer, and the manifest does not allow it for this namespace',
    remedy: 'Copy sealed between devices that share a Domain Key, or write transfer: import in the manifest',
  });
}

/** Labels came with 5.0; an older device has no place for them. */
function wantedOn(release: string, id: KeyId, to: KeyId, facts: KeyFacts): Wanted {
  const { label, ...rest } = facts;
  if (label === undefined || compareReleases(release, '5.0') >= 0) return { id, to, facts };
  return { id, to, facts: rest, lacks: `release ${release} knows no labels: it is there without its own` };
}

/** Reads the sealed values and the key that opens them; the caller wipes that key. */
async function openSource(
  { from, namespace }: ImportRequest,
  keys: readonly Wanted[],
  options: WorkOptions,
): Promise<{ keyStoreKey: SecretKey; entries: Map<KeyId, BackupEntry> }> {
  const ids = new Set(keys.map(({ id }) => id));
  const entries = new Map<KeyId, BackupEntry>();
  const pass = await openDeviceBackup(from, options);
  const saltPath = unlockSaltPath(pass.header);
  let salt: BackupEntry | undefined;
  await visitAll(pass, (entry, path) => {
    const kept = (): BackupEntry => ({ path: entry.path, value: Buffer.from(entry.value) });
    if (entry.path === saltPath) salt = kept();
    if (path.kind === 'key' && path.namespace === namespace && ids.has(path.id)) entries.set(path.id, kept());
  });
  const place = `backup of ${from.name}`;
  if (salt === undefined) throw noSalt(place);
  const domainKey = await unlockDomainKey(pass.header, salt, await from.unlockPassphrase(), place);
  try {
    return { keyStoreKey: storeKey(domainKey, 'key'), entries };
  } finally {
    domainKey.fill(0);
  }
}

async function importOne(
  to: Session,
  namespace: Namespace,
  key: Wanted,
  source: { keyStoreKey: SecretKey; entry: BackupEntry | undefined },
  report: TransferReport,
): Promise<void> {
  const fail = (reason: string): void => void report.failed.push({ id: key.to, reason });
  if (source.entry === undefined) return fail('it is listed on the source but not in its backup');
  try {
    const credential = await to.namespaceAdministrator(namespace);
    const place = `key ${key.id} of the source`;
    await importSealed(source.keyStoreKey, { ...source.entry, place }, (json) =>
      importKey(to.node, credential, key.to, json),
    );
  } catch (error) {
    if (!isProblem(error)) throw error;
    // Somebody made one of this id while we worked.
    if (error.kind === 'exists') return settle(to, namespace, key, report);
    if (error.kind === 'unreadable' || error.kind === 'invalid') return fail(error.reason);
    // An answer that never came: it may be there, which the read-back tells; then nothing more is sent.
    report.stopped = error.message;
  }
  if (report.stopped !== undefined && !(await isThere(to, namespace, key.to))) return fail('it could not be imported');
  report.done += 1;
  const reason = (await finish(to, namespace, key)) ?? key.lacks;
  if (reason === undefined) report.verified += 1;
  else fail(reason);
}

const isThere = async (to: Session, namespace: Namespace, id: KeyId): Promise<boolean> =>
  (await readKey(to, namespace, id).catch(() => undefined)) !== undefined;

/** Reads a new key back, puts label and certificate on it, and says what is not as at the source. */
async function finish(to: Session, namespace: Namespace, { to: id, facts }: Wanted): Promise<string | undefined> {
  try {
    const there = await readKey(to, namespace, id);
    if (there === undefined) return 'the device does not have it';
    const others = differingFields(facts, there.facts).filter((field) => !METADATA.includes(field));
    if (others.length > 0) return `it came out with another ${others.join(', ')}`;
    return await alignMetadata(to, namespace, id, facts);
  } catch (error) {
    if (isProblem(error)) return error.reason;
    throw error;
  }
}

/** Brings a key that is there in line, if it is a copy of the one wanted. */
async function settle(to: Session, namespace: Namespace, key: Wanted, report: TransferReport): Promise<void> {
  const reason = (await settleKey(to, namespace, key.to, key.facts)) ?? key.lacks;
  if (reason === undefined) {
    report.same += 1;
    report.verified += 1;
  } else report.conflicts.push({ id: key.to, reason });
}

const noSalt = (place: string): Problem =>
  new Problem({
    kind: 'damaged',
    place,
    cause: 'it lacks the unlock salt of the device, so its Domain Key can not be opened',
    remedy: 'Run doctor on the device, and ask its vendor',
  });
