/**
 * Restoring, with every effect that FACTS and the recordings show, the ruinous ones included: the header's locked Domain
 * Key is taken over, any path is stored as it is, a right end mark removes the rest, a cut file leaves what was whole.
 */
import { unseal } from '../core/backup/sealing.ts';
import { type Answer, empty, failure } from './answer.ts';
import {
  domainKeyEntry,
  LOCAL_NAMES,
  type LocalName,
  localEntry,
  readLockedDomainKey,
  SEALED_FOLDERS,
} from './layout.ts';
import { joinOthers, lock } from './life.ts';
import type { PracticeNode } from './node.ts';
import { CUT, type Header, type RestoreFile, readFile, TRUNCATED, undecryptable } from './restore-file.ts';
import { type Change, commitBlocks } from './write.ts';

/** The arguments of a restore request. */
export interface RestoreArguments {
  backupPassphrase?: string;
  /** Milliseconds since 1970. */
  systemTime?: number;
}

/** Restores a file on a node. Throws refusals before any effect; the answer tells how it went afterwards. */
export async function restoreFile(
  node: PracticeNode,
  source: AsyncIterable<Buffer>,
  given: RestoreArguments,
): Promise<Answer> {
  const file = await readFile(node, source, given.backupPassphrase);
  const answer = answerFor(file);
  if (node.health !== 'Unprovisioned') takeEntries(node, file);
  else if (file.end === 'whole') takeOver(node, file);
  else return answer;
  if (given.systemTime !== undefined) node.timeOffset = given.systemTime - node.machine.now();
  return answer;
}

function answerFor({ end }: RestoreFile): Answer {
  if (end === 'cut') return failure(400, CUT);
  if (end === 'undecryptable') return failure(400, undecryptable('backup'));
  return end === 'whole' ? empty(204) : failure(400, TRUNCATED);
}

const isSealed = (path: string): boolean => SEALED_FOLDERS.some((folder) => path.startsWith(folder));
const SHARED = ['/config/backup-salt', '/config/backup-key', '/config/cluster-ca'];

/** Takes the file's entries on an operational node; a whole file removes what it lacks. */
function takeEntries(node: PracticeNode, { header, entries, end }: RestoreFile): void {
  const locked = readLockedDomainKey(node);
  const foreign = locked === undefined || !locked.equals(header.lockedDomainKey);
  const changes = [
    ...[...entries].flatMap(([path, value]) => taken(node, header, path, value)),
    ...(end === 'whole' ? others(node, entries) : []),
    ...(foreign ? [domainKeyEntry(node, header.lockedDomainKey)] : []),
    ...wiped(node, header),
  ];
  commitBlocks(node, changes);
  node.users.clear();
  if (foreign) lock(node);
}

function taken(node: PracticeNode, header: Header, path: string, value: Buffer): Change[] {
  if (isSealed(path)) return [{ path, value }];
  if (SHARED.includes(path)) return header.version === node.machine.release.format ? [{ path, value }] : [];
  const local = openLocal(header, path, value);
  return local?.name === 'unlock-salt' ? [localEntry(node, local.name, local.value)] : [];
}

const others = (node: PracticeNode, entries: ReadonlyMap<string, Buffer>): Change[] =>
  [...node.machine.store.snapshot().scan()].flatMap(({ path }) =>
    isSealed(path) && !entries.has(path) ? [{ path, value: undefined }] : [],
  );

/** Hazard 2: the configuration of the node that the header is of, if that is another one of this cluster. */
function wiped(node: PracticeNode, { deviceId }: Header): Change[] {
  if (deviceId === undefined || deviceId === node.deviceId) return [];
  return [...node.machine.store.snapshot().scan(`/local/${deviceId}/`)].map(({ path }) => ({ path, value: undefined }));
}

/** An entry of the file's own device, opened: sealed under its configuration key and path, plain in format 0. */
function openLocal(header: Header, path: string, value: Buffer): { name: LocalName; value: Buffer } | undefined {
  const folder = header.version === 1 ? `/local/${header.deviceId}/config/` : '/config/';
  const name = LOCAL_NAMES.find((known) => path === folder + known);
  const plain = header.configStoreKey === undefined ? value : unseal(header.configStoreKey, value, path);
  return name === undefined || plain === undefined ? undefined : { name, value: plain };
}

/** A node keeps the TLS identity that it answers with. */
const KEPT: readonly LocalName[] = ['certificate', 'private-key'];

/** Takes everything on a node that has nothing: it becomes a device of the file's domain, Locked. */
function takeOver(node: PracticeNode, { header, entries }: RestoreFile): void {
  const changes: Change[] = [domainKeyEntry(node, header.lockedDomainKey)];
  for (const [path, value] of entries) {
    const local = openLocal(header, path, value);
    if (local !== undefined && !KEPT.includes(local.name)) changes.push(localEntry(node, local.name, local.value));
    else if (isSealed(path) || path === '/.initialized') changes.push({ path, value });
    else if (SHARED.includes(path) && header.version === node.machine.release.format) changes.push({ path, value });
  }
  changes.push({ path: '/config/version', value: Buffer.from(String(node.machine.release.format)) });
  commitBlocks(node, changes);
  joinOthers(node);
  for (const member of node.machine.nodes) lock(member);
}
