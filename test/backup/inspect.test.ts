import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { backupFile } from '../../core/backup/browse.ts';
import type { BackupEntry, BackupVersion } from '../../core/backup/format.ts';
import { inspectBackup } from '../../core/backup/inspect.ts';
import { deriveKey, seal, storeKey } from '../../core/backup/sealing.ts';
import { END_OF_FILE, encodeEntry, encodeHeader } from '../../core/backup/writer.ts';
import type { Progress } from '../../core/progress.ts';
import {
  backupKey,
  bordersOf,
  chunked,
  domainKey,
  fileOf,
  keyEntry,
  place,
  salt,
  smallEntries,
} from './small-backup.ts';
import '../support/quick-scrypt.ts';

const key = { backupKey, salt };
const inspect = (file: Buffer, more: Partial<Parameters<typeof inspectBackup>[2]> = {}) =>
  inspectBackup(() => chunked(file, 300), key, { place, ...more });

const withEntries = (...more: BackupEntry[]): Buffer => fileOf(1, [...smallEntries(), ...more]);
const whole = fileOf(1, smallEntries());

const unlockPassphrase = 'unlock passphrase';
const unlockSalt = randomBytes(16);
const unlockKey = deriveKey(unlockPassphrase, unlockSalt);

/** A file whose Domain Key can be unlocked, with the salt where the version has it. */
async function unlockable(version: BackupVersion, more: BackupEntry[] = []): Promise<Buffer> {
  const configStoreKey = randomBytes(32);
  const header = {
    version,
    salt,
    lockedDomainKey: seal(await unlockKey, domainKey, 'passphrase'),
    ...(version === 1 && { deviceId: 'devA', configStoreKey }),
  };
  const path = version === 1 ? '/local/devA/config/unlock-salt' : '/config/unlock-salt';
  const value = version === 1 ? seal(configStoreKey, unlockSalt, path) : unlockSalt;
  return Buffer.concat([
    encodeHeader(header, backupKey),
    ...[...smallEntries(), ...more, { path, value }].map((entry) => encodeEntry(backupKey, entry.path, entry.value)),
    ...(version === 1 ? [END_OF_FILE] : []),
  ]);
}

test('a whole backup is told with its namespaces, users and keys', async () => {
  const { domain, ...rest } = await inspect(whole);
  assert.match(domain ?? '', /^sha256:/);
  assert.deepEqual(rest, {
    format: 'backup',
    version: 1,
    deviceId: 'devA',
    complete: true,
    entries: 11,
    problems: [],
    notes: [],
    odd: [],
    unreadable: [],
    namespaces: {
      '': { users: ['admin'], keys: { r1: {} } },
      ns1: { users: ['ns1~op'], keys: { k1: {}, k2: {} } },
    },
  });
});

test('a backup that is cut tells what stands before the cut, and where that is', async () => {
  const borders = bordersOf(whole);
  const at = (borders.at(-4) as number) - 1;
  const { complete, domain, entries, namespaces, problems } = await inspect(whole.subarray(0, at));
  assert.ok(!complete);
  assert.equal(entries, 9);
  assert.equal(domain, undefined);
  assert.deepEqual(Object.keys(namespaces.ns1?.keys ?? {}), ['k1', 'k2']);
  assert.deepEqual(
    problems.map(({ kind }) => kind),
    ['truncated'],
  );
  assert.match(problems[0]?.message ?? '', new RegExp(`^small.bin, byte ${at}: the file ends too early`));
});

test('a backup with an altered entry, with a tail, or with the end mark of an append is not complete', async () => {
  const altered = Buffer.from(whole);
  const last = whole.length - END_OF_FILE.length - 1;
  altered[last] = (altered[last] as number) ^ 1;
  const append = fileOf(1, smallEntries(), Buffer.concat([Buffer.alloc(3), Buffer.from('another end of file')]));
  for (const file of [altered, Buffer.concat([whole, Buffer.from('!')]), append]) {
    const { complete, entries, problems } = await inspect(file);
    assert.ok(!complete);
    assert.deepEqual(
      problems.map(({ kind }) => kind),
      ['damaged'],
    );
    assert.equal(entries, file === altered ? 10 : 11);
  }
});

test('odd, doubled and misplaced paths are listed', async () => {
  const odd = ['/key/.ns1/../../config/x', '/key/.ns1/sub/y', '//', '/key/z/'];
  const file = withEntries(...odd.map((path) => ({ path, value: Buffer.alloc(1) })), keyEntry('/key/r1'));
  const { complete, odd: found, problems } = await inspect(file);
  assert.ok(complete);
  assert.deepEqual(found, odd);
  const kinds = problems.map(({ kind }) => kind);
  assert.deepEqual([...new Set(kinds)].sort(), ['disorder', 'duplicate', 'odd-path']);
  assert.equal(kinds.filter((kind) => kind === 'odd-path').length, 4);
  assert.ok(problems.some(({ message }) => message === 'the path "/key/r1" stands there twice'));
});

test('keys of a namespace without a marker are noted: no device shows them', async () => {
  const { notes, namespaces } = await inspect(fileOf(1, [keyEntry('/key/.lost/k')]));
  assert.deepEqual(namespaces.lost, { users: [], keys: { k: {} } });
  assert.deepEqual(
    notes.map(({ kind }) => kind),
    ['unmarked-namespace'],
  );
});

for (const version of [0, 1] as const) {
  test(`version ${version} unsealed tells the facts of every key, and which entries are foreign`, async () => {
    const misplaced = { ...keyEntry('/key/.ns1/k1'), path: '/key/.ns1/moved' };
    const foreign = { path: '/key/x-foreign', value: randomBytes(80) };
    const tooShort = { path: '/key/x-short', value: randomBytes(5) };
    const file = await unlockable(version, [misplaced, foreign, tooShort]);
    const { complete, namespaces, unreadable, problems } = await inspect(file, { unlockPassphrase });
    const facts = { type: 'Generic', mechanisms: ['AES_Encryption_CBC'], tags: [], operations: 3 };
    assert.ok(complete);
    assert.deepEqual(namespaces.ns1?.keys, { k1: facts, k2: { ...facts, label: 'Ærlig' }, moved: {} });
    assert.deepEqual(namespaces['']?.keys, { r1: facts, 'x-foreign': {}, 'x-short': {} });
    assert.deepEqual(unreadable, ['/key/.ns1/moved', '/key/x-foreign', '/key/x-short']);
    assert.equal(problems.filter(({ kind }) => kind === 'unreadable').length, 3);
  });
}

test('foreign users, markers and store versions are unreadable too', async () => {
  const foreign = ['/authentication/u', '/namespace/n2', '/key/.version'];
  const file = await unlockable(
    1,
    foreign.map((path) => ({ path, value: randomBytes(40) })),
  );
  assert.deepEqual((await inspect(file, { unlockPassphrase })).unreadable, foreign);
});

test('a marker that holds another name is unreadable', async () => {
  const path = '/namespace/other';
  const marker = { path, value: seal(storeKey(domainKey, 'namespace'), Buffer.from('"ns1"'), path) };
  assert.deepEqual((await inspect(await unlockable(1, [marker]), { unlockPassphrase })).unreadable, [path]);
});

test('an unlock salt that does not open is damage', async () => {
  const salts = [{ path: '/local/devA/config/unlock-salt', value: randomBytes(44) }];
  await assert.rejects(inspect(withEntries(...salts), { unlockPassphrase }), { kind: 'damaged' });
});

test('a wrong unlock passphrase, and a file without its unlock salt, are told apart', async () => {
  await assert.rejects(inspect(await unlockable(1), { unlockPassphrase: 'wrong passphrase' }), {
    kind: 'wrong-passphrase',
  });
  const { problems } = await inspect(whole, { unlockPassphrase });
  assert.deepEqual(
    problems.map(({ kind }) => kind),
    ['missing'],
  );
});

test('progress is told, and work stops when it is cancelled', async () => {
  const seen: Progress[] = [];
  await inspect(whole, { onProgress: (progress) => seen.push(progress) });
  assert.ok(seen.length > 3);
  assert.deepEqual(seen.at(-1), { phase: 'reading the backup', done: 11, unit: 'entries' });
  const stop = new AbortController();
  const cut = inspect(whole, { signal: stop.signal, onProgress: () => stop.abort() });
  await assert.rejects(cut, { kind: 'cancelled' });
});

test('a file that is not there, or is none, is told as such', async () => {
  await assert.rejects(inspectBackup(backupFile('/no/such/file.bin'), key, { place }), { kind: 'not-found' });
  await assert.rejects(inspectBackup(backupFile(import.meta.dirname), key, { place }), { kind: 'unexpected' });
});

test('what is no backup, or does not open, is thrown', async () => {
  await assert.rejects(inspect(Buffer.from('hello')), { kind: 'not-a-backup' });
  await assert.rejects(
    inspectBackup(() => chunked(whole), { backupKey: randomBytes(32), salt }, { place }),
    { kind: 'wrong-passphrase' },
  );
});
