/** Backups of real devices: what we read in them is what the devices themselves said. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type BackupSource, backupFile, unlockStores } from '../../core/backup/browse.ts';
import type { BackupEntry } from '../../core/backup/format.ts';
import { type BackupInspection, inspectBackup } from '../../core/backup/inspect.ts';
import { parsePath } from '../../core/backup/paths.ts';
import { openBackup } from '../../core/backup/reader.ts';
import { unseal } from '../../core/backup/sealing.ts';
import { encodeStoredKey, encodeStoredUser } from '../../core/backup/stored.ts';
import { openKeyEntry, openUserEntry } from '../../core/backup/unseal.ts';
import { encodeHeader, writeBackup } from '../../core/backup/writer.ts';
import type { KeyFacts } from '../../core/key-facts.ts';

const root = join(import.meta.dirname, '../..');
const ours = join(root, 'test/conformance/backups');
const expected = JSON.parse(readFileSync(join(ours, 'v1-sites.expected.json'), 'utf8'));
const { backupPassphrase, unlockPassphrase } = expected;
const site = (name: string): string => join(ours, `v1-site-${name.toLowerCase()}.bin`);

const inspections = new Map<string, Promise<BackupInspection>>();
const inspectSite = (name: string): Promise<BackupInspection> => {
  const known =
    inspections.get(name) ??
    inspectBackup(backupFile(site(name)), { passphrase: backupPassphrase }, { place: site(name), unlockPassphrase });
  inspections.set(name, known);
  return known;
};

/** Facts as the recording of the devices has them: the JSON of `GET /keys/<id>`, with the certificate as text. */
function asRecorded({ tags, certificate, ...facts }: KeyFacts) {
  return {
    ...facts,
    restrictions: tags.length > 0 ? { tags } : {},
    ...(certificate && { certificate: certificate.data.toString() }),
  };
}

/** A device lists the users of all namespaces in root. */
function namespacesAsRecorded({ namespaces }: BackupInspection) {
  const all = Object.values(namespaces).flatMap(({ users }) => users);
  return Object.fromEntries(
    Object.entries(namespaces).map(([name, { users, keys }]) => [
      name,
      {
        users: (name === '' ? all : users).toSorted(),
        keys: Object.fromEntries(Object.entries(keys).map(([id, facts]) => [id, asRecorded(facts as KeyFacts)])),
      },
    ]),
  );
}

for (const name of ['A', 'B']) {
  test(`the backup of site ${name} holds exactly what its device said`, async () => {
    const inspection = await inspectSite(name);
    assert.deepEqual(namespacesAsRecorded(inspection), expected.devices[name].namespaces);
    const { namespaces: _, domain: __, entries, ...rest } = inspection;
    assert.equal(entries, name === 'A' ? 344 : 340);
    assert.deepEqual(rest, {
      format: 'backup',
      version: 1,
      deviceId: expected.devices[name].deviceId,
      complete: true,
      problems: [],
      notes: [],
      odd: [],
      unreadable: [],
    });
  });
}

test('the two sites share their domain', async () => {
  const [a, b] = [await inspectSite('A'), await inspectSite('B')];
  assert.match(a.domain ?? '', /^sha256:[0-9a-f]{64}$/);
  assert.equal(a.domain, b.domain);
});

async function collect(batches: AsyncIterable<BackupEntry[]>): Promise<BackupEntry[]> {
  const entries: BackupEntry[] = [];
  for await (const batch of batches) entries.push(...batch);
  return entries;
}

/** Reads a sample in strict order and writes all of it again: nothing may be lost on the way. */
async function rewrite(source: BackupSource, passphrase: string, place: string) {
  const { header, backupKey, batches } = await openBackup(source(), { passphrase }, { place });
  const entries = await collect(batches);
  for (const { path } of entries) assert.notEqual(parsePath(path).kind, 'odd', path);
  const raw = encodeHeader(header, backupKey);
  const again = await openBackup(
    writeBackup({ version: header.version, raw }, backupKey, entries),
    { backupKey, salt: header.salt },
    { place },
  );
  assert.deepEqual(await collect(again.batches), entries);
  assert.deepEqual({ ...again.header, raw: undefined }, { ...header, raw: undefined });
  return { entries, key: { backupKey, salt: header.salt } };
}

/** Opens every sealed key and user, and writes it as the device did. */
async function reopen(source: BackupSource, { entries, key }: Awaited<ReturnType<typeof rewrite>>, unlock: string) {
  const place = 'a sample';
  const keys = await unlockStores(source, key, unlock, { place });
  for (const entry of entries) {
    const { kind } = parsePath(entry.path);
    if (kind === 'key') {
      const same = encodeStoredKey(openKeyEntry(keys, entry, place));
      assert.deepEqual(same, unseal(keys.key, entry.value, entry.path));
    } else if (kind === 'user') {
      const same = encodeStoredUser(openUserEntry(keys, entry, place));
      assert.deepEqual(same, unseal(keys.authentication, entry.value, entry.path));
    }
  }
}

test('a sample of version 1 is in order, known, and survives being written again', async () => {
  const source = backupFile(site('A'));
  await reopen(source, await rewrite(source, backupPassphrase, 'site A'), unlockPassphrase);
});

const vendor = join(root, '../shared/nethsm/backups');
const v0Samples = [
  {
    file: 'v0-namespace.bin',
    passphrase: 'backupPassphrase',
    unlock: 'UnlockPassphrase',
    keys: { '': ['MyAESKey', 'myKey1'], namespace1: ['myKey1'] },
  },
  // Nobody wrote down the unlock passphrase of this one.
  { file: 'v0-root-key.bin', passphrase: 'BackupPassphrase', keys: { '': ['keyID'] } },
];
for (const { file, passphrase, unlock, keys } of v0Samples) {
  const path = join(vendor, file);
  const skip = existsSync(path) ? false : `the vendor's sample ${file} is not here`;
  test(`the vendor's sample ${file} of version 0 is read`, { skip }, async () => {
    const source = backupFile(path);
    const sample = await rewrite(source, passphrase, file);
    if (unlock !== undefined) await reopen(source, sample, unlock);
    const inspection = await inspectBackup(source, sample.key, { place: file });
    assert.equal(inspection.version, 0);
    assert.ok(inspection.complete);
    assert.deepEqual([inspection.problems, inspection.odd], [[], []]);
    assert.deepEqual(
      inspection.notes.map(({ kind }) => kind),
      ['no-end-mark'],
    );
    const found = Object.entries(inspection.namespaces).map(([name, { keys }]) => [name, Object.keys(keys)]);
    assert.deepEqual(Object.fromEntries(found), keys);
  });
}
