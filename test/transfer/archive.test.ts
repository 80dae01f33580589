import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { deriveKey, seal } from '../../core/backup/sealing.ts';
import { parseKeyId, parseNamespace, parseUserName } from '../../core/names.ts';
import { isProblem, type ProblemKind } from '../../core/problem.ts';
import { recordData } from '../../core/transfer/archive/format.ts';
import { openArchive, readArchive } from '../../core/transfer/archive/reader.ts';
import { createArchive } from '../../core/transfer/archive/writer.ts';
import { verifyArchive } from '../../core/transfer/backup-namespace.ts';
import { type SealedEntry, sealedKey, sealedUser } from '../../core/transfer/sealed-entry.ts';
import fc from '../support/laws.ts';
import '../support/quick-scrypt.ts';

const PASSPHRASE = 'archive passphrase';
const NS = parseNamespace('payments');
const REST = { domain: 'sha256:00', release: '5.0', users: [{ name: 'app', role: 'Operator' }] };
const entries: SealedEntry[] = [
  sealedUser(NS, parseUserName('app'), Buffer.from('sealed user')),
  ...['a', 'b', 'c'].map((id) => sealedKey(NS, parseKeyId(id), Buffer.from(`sealed ${id}`))),
];

let folder: string;
let whole: Buffer;
const name = (() => {
  let n = 0;
  return () => join(folder, `archive-${n++}`);
})();

async function write(out: string, list = entries, rest = REST, namespace: string = NS): Promise<void> {
  const head = { namespace, created: '2026-11-24T12:00:00.000Z', device: 'oslo' };
  const writer = await createArchive(out, head, PASSPHRASE);
  for (const entry of list) await writer.put(entry);
  await writer.finish(rest);
  await writer.commit();
}

async function put(bytes: Buffer): Promise<string> {
  const file = name();
  await writeFile(file, bytes);
  return file;
}

const refused = async (bytes: Buffer, kind: ProblemKind, words?: RegExp): Promise<void> => {
  const file = await put(bytes);
  await assert.rejects(
    verifyArchive(file, PASSPHRASE),
    (error) => isProblem(error, kind) && error.place === file && (words === undefined || words.test(error.reason)),
  );
};

/** The records behind the salt, with their length in front. */
function records(bytes: Buffer): Buffer[] {
  const list: Buffer[] = [];
  for (let at = 33; at < bytes.length; ) {
    const length = 4 + bytes.readUInt32BE(at);
    list.push(bytes.subarray(at, at + length));
    at += length;
  }
  return list;
}
const rebuilt = (list: Buffer[]): Buffer => Buffer.concat([whole.subarray(0, 33), ...list]);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-'));
  const file = name();
  await write(file);
  whole = await readFile(file);
});

test('what was put in comes out, with what it must contain', async () => {
  const archive = await openArchive(await put(whole), PASSPHRASE);
  assert.deepEqual(archive.head, { namespace: 'payments', created: '2026-11-24T12:00:00.000Z', device: 'oslo' });
  const out: SealedEntry[] = [];
  for await (const batch of archive.batches) out.push(...batch);
  assert.deepEqual(out, entries);
  const { keys, users, domain, release } = archive.inventory();
  assert.deepEqual({ keys, users, domain, release }, { keys: 3, ...REST });
});

test('the inventory is not told before everything was read', async () => {
  const archive = await openArchive(await put(whole), PASSPHRASE);
  assert.throws(() => archive.inventory(), /not read to its end/);
});

test('a large archive is read in pieces', async () => {
  const many = Array.from({ length: 5000 }, (_, i) =>
    sealedKey(NS, parseKeyId(`k${String(i).padStart(5, '0')}`), Buffer.alloc(300, i)),
  );
  const file = name();
  await write(file, many, { ...REST, users: [] });
  assert.equal((await verifyArchive(file, PASSPHRASE)).keys, 5000);
});

test('it names no device id, holds no header, and is the owner’s alone', async () => {
  const file = name();
  await write(file);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.ok(!whole.includes('_NETHSM_BACKUP_'));
});

test('another passphrase does not open it', async () => {
  await assert.rejects(verifyArchive(await put(whole), 'wrong'), (error) => isProblem(error, 'wrong-passphrase'));
});

test('dropped, swapped, doubled and foreign records are found', async () => {
  const list = records(whole);
  assert.equal(list.length, 7);
  const [head, user, a, b, c, end, inventory] = list as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  await refused(rebuilt([head, user, a, c, end, inventory]), 'damaged', /moved/);
  await refused(rebuilt([head, user, b, a, c, end, inventory]), 'damaged', /moved/);
  await refused(rebuilt([head, user, a, a, b, c, end, inventory]), 'damaged', /moved/);
  await refused(rebuilt([head, user, a, b, end, inventory]), 'damaged', /moved/);
  await refused(rebuilt([head, user, a, b, c, end, inventory, inventory]), 'damaged', /follows its end/);
  await refused(rebuilt([head, user, a, b, c, end, end, inventory]), 'damaged', /ends twice/);
  const other = name();
  await write(other);
  await refused(
    rebuilt([head, user, a, (records(await readFile(other)) as Buffer[])[3] as Buffer, c, end, inventory]),
    'damaged',
  );
});

test('an archive whose writer lied about its content is found by the inventory', async () => {
  const key = await deriveKey(PASSPHRASE, whole.subarray(17, 33));
  const list = records(whole).slice(0, -1);
  const inventory = (fields: object): Buffer => {
    const sealed = seal(
      key,
      Buffer.from(JSON.stringify({ ...REST, keys: 3, digest: 'x', ...fields })),
      'archive-inventory:5',
    );
    const length = Buffer.alloc(4);
    length.writeUInt32BE(sealed.length);
    return Buffer.concat([length, sealed]);
  };
  await refused(rebuilt([...list, inventory({ keys: 4 })]), 'damaged', /must hold 4/);
  await refused(rebuilt([...list, inventory({})]), 'damaged', /not the ones/);
  await refused(rebuilt([...list, inventory({ keys: 'many' })]), 'damaged', /form/);
});

test('an entry of another namespace, of root or of an odd path does not pass', async () => {
  const odd = [
    sealedKey(parseNamespace('other'), parseKeyId('k'), Buffer.from('v')),
    { kind: 'key', id: 'x', path: '/key/.payments/../../config/backup-salt', value: Buffer.from('v') } as SealedEntry,
    { kind: 'user', name: 'admin', path: '/authentication/admin', value: Buffer.from('v') } as SealedEntry,
    { kind: 'key', id: 'x', path: '/key/.version', value: Buffer.from('v') } as SealedEntry,
  ];
  for (const entry of odd) {
    const file = name();
    await write(file, [entry], { ...REST, users: [] });
    await refused(await readFile(file), 'damaged', /does not belong/);
  }
});

test('a file cut anywhere, or with a bit changed anywhere, is refused', async () => {
  const key = PASSPHRASE;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), fc.integer({ min: 0, max: 7 }), async (at, bit) => {
      const cut = await put(whole.subarray(0, at));
      await assert.rejects(verifyArchive(cut, key), (error) => isProblem(error, 'not-a-backup', 'truncated'));
      const flipped = Buffer.from(whole);
      flipped.writeUInt8((flipped[at] as number) ^ (1 << bit), at);
      await assert.rejects(verifyArchive(await put(flipped), key), (error) =>
        isProblem(error, 'not-a-backup', 'unsupported-version', 'wrong-passphrase', 'damaged', 'truncated'),
      );
    }),
    { numRuns: 20 },
  );
});

test('trailing bytes, a length beyond reason and a missing file each say so', async () => {
  await refused(Buffer.concat([whole, Buffer.from([0])]), 'damaged', /follows/);
  await refused(rebuilt([...records(whole).slice(0, 2), Buffer.from('ffffffff', 'hex')]), 'damaged', /claims/);
  await assert.rejects(verifyArchive(join(folder, 'none'), PASSPHRASE), (error) => isProblem(error, 'unreadable'));
  await refused(Buffer.concat([whole.subarray(0, 33), Buffer.from('ffffffff', 'hex')]), 'damaged', /claims/);
  await refused(Buffer.from('something else'), 'not-a-backup');
});

test('an existing file is never overwritten, and an abandoned archive leaves nothing', async () => {
  const file = name();
  await write(file);
  await assert.rejects(write(file), (error) => isProblem(error, 'exists'));
  const left = name();
  const head = { namespace: '', created: '2026-11-24T12:00:00.000Z', device: 'oslo' };
  const first = await createArchive(left, head, PASSPHRASE);
  const second = await createArchive(left, head, PASSPHRASE);
  await first.finish(REST);
  await first.commit();
  await second.finish(REST);
  await assert.rejects(second.commit(), (error) => isProblem(error, 'exists'));
  await second.abandon();
  assert.deepEqual(
    (await readdir(folder)).filter((entry) => entry.endsWith('.tmp')),
    [],
  );
});

test('what a holder of the passphrase wrote into it is bounded and escaped in errors', async () => {
  const list: SealedEntry[] = [{ ...sealedKey(NS, parseKeyId('a'), Buffer.from('x')) }];
  const odd = `/key/.payments/\u202e\u001b[2J${'x'.repeat(3000)}` as SealedEntry['path'];
  const file = name();
  await write(file, [{ ...list[0], path: odd } as SealedEntry]);
  for (const path of [file, name()]) {
    if (path !== file) await write(path, list, REST, 'n\u202e'.repeat(60));
    await assert.rejects(verifyArchive(path, PASSPHRASE), (error) => {
      assert.ok(isProblem(error, 'damaged', 'invalid'), String(error));
      assert.ok(error.message.length < 1500, error.message);
      assert.doesNotMatch(error.message, /[\p{Cc}\p{Cf}]/u);
      return true;
    });
  }
});

test('a first record that claims too much is damage, and a source is left as soon as something is wrong', async () => {
  const claims = Buffer.concat([whole.subarray(0, 33), Buffer.from([0xff, 0xff, 0xff, 0xff]), whole.subarray(37)]);
  for (const [bytes, kind] of [
    [claims, 'damaged'],
    [Buffer.from('something else that is long enough for a start'), 'not-a-backup'],
  ] as const) {
    let left = false;
    async function* source() {
      try {
        for (;;) yield bytes;
      } finally {
        left = true;
      }
    }
    const from = { file: 'x', keyOf: async (salt: Buffer) => createSecretKey(await deriveKey(PASSPHRASE, salt)) };
    await assert.rejects(readArchive(source(), from), (error) => isProblem(error, kind));
    assert.ok(left);
  }
});

test('a cancel while reading is a Problem', async () => {
  const reading = verifyArchive(await put(whole), PASSPHRASE, { signal: AbortSignal.abort() });
  await assert.rejects(reading, (error) => isProblem(error, 'cancelled'));
});

test('the additional data of a record is its kind and its number in plain digits', () => {
  fc.assert(fc.property(fc.nat(), (number) => recordData('entry', number) === `archive-entry:${number}`));
  for (const number of [0, 999, 1000, 1001, 10_000, 1_000_000, 1_000_001]) {
    assert.equal(recordData('head', number), `archive-head:${number}`);
  }
});

test('entries larger than a chunk come back as they were, among small ones', async () => {
  const sizes = [10, 70_000, 0, 200_000, 3_000_000, 5];
  const list = sizes.map((size, i) => sealedKey(NS, parseKeyId(`k${i}`), Buffer.alloc(size, `${i}`)));
  const out = name();
  await write(out, list, { ...REST, users: [] });
  const archive = await openArchive(out, PASSPHRASE);
  const back: SealedEntry[] = [];
  for await (const batch of archive.batches) back.push(...batch);
  assert.deepEqual(back, list);
  assert.equal(archive.inventory().keys, sizes.length);
});

test('a writer that is not waited for refuses the next entry', async () => {
  const head = { namespace: NS, created: '2026-11-24T12:00:00.000Z', device: 'oslo' };
  const writer = await createArchive(name(), head, PASSPHRASE);
  const pending = writer.put(sealedKey(NS, parseKeyId('large'), Buffer.alloc(70_000)));
  assert.throws(() => writer.put(sealedKey(NS, parseKeyId('next'), Buffer.alloc(1))), RangeError);
  await pending;
  await writer.abandon();
});
