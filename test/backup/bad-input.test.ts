import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LENGTH_BYTES, MAX_ENTRY_BYTES } from '../../core/backup/format.ts';
import { openBackup } from '../../core/backup/reader.ts';
import { seal } from '../../core/backup/sealing.ts';
import { END_OF_FILE, encodeEntry, encodeField, encodeHeader } from '../../core/backup/writer.ts';
import fc from '../support/laws.ts';
import {
  backupKey,
  bordersOf,
  chunked,
  fileOf,
  keyEntry,
  place,
  readAll,
  salt,
  smallEntries,
  smallHeader,
} from './small-backup.ts';

const entries = smallEntries();
const v1 = fileOf(1, entries);
const v0 = fileOf(0, entries);
const read = (bytes: Buffer) => readAll(chunked(bytes, 64));

test('a cut at every border of a field, and at every other byte, is seen in version 1', async () => {
  assert.equal(bordersOf(v1).length, 3 + 2 * 5 + 2 * entries.length + 1);
  for (let at = 0; at < v1.length; at++) {
    const { message, problem, entries: found } = await read(v1.subarray(0, at));
    if (at >= 15) assert.ok(message?.startsWith(`small.bin, byte ${at}: `), message);
    assert.equal(problem, at < 15 ? 'not-a-backup' : 'truncated', `cut at ${at}`);
    assert.deepEqual(found, entries.slice(0, found.length), 'the whole entries before the cut are given');
  }
});

test('the place of a cut is told, and every whole entry before it is given', async () => {
  const border = bordersOf(v1).at(-5) as number;
  const { entries: found, message } = await read(v1.subarray(0, border + 5));
  assert.equal(found.length, entries.length - 2);
  assert.match(message ?? '', new RegExp(`^small.bin, byte ${border + 5}: the file ends too early`));
});

test('a cut in version 0 is seen everywhere but at the border of an entry, where the format has no mark', async () => {
  const borders = bordersOf(v0);
  const entryBorders = new Set(borders.slice(3 + 2 * 3 - 1).filter((_, i) => i % 2 === 0));
  for (let at = 0; at < v0.length; at++) {
    const { problem } = await read(v0.subarray(0, at));
    if (entryBorders.has(at)) assert.equal(problem, undefined, `cut at ${at}`);
    else assert.ok(problem === 'truncated' || problem === 'not-a-backup', `cut at ${at}: ${problem}`);
  }
});

test('bytes behind the end mark, and another end mark, are damage', async () => {
  for (const tail of ['x', '_NETHSM_BACKUP_END_']) {
    const { entries: found, message, problem } = await read(Buffer.concat([v1, Buffer.from(tail)]));
    assert.equal(problem, 'damaged');
    assert.match(message ?? '', new RegExp(`byte ${v1.length - 19}: something follows the end mark`));
    assert.equal(found.length, entries.length);
  }
  const append = Buffer.concat([Buffer.alloc(LENGTH_BYTES), Buffer.from('_NETHSM_BACKUP_MORE')]);
  const { message, problem } = await read(fileOf(1, entries, append));
  assert.equal(problem, 'damaged');
  assert.match(message ?? '', /the end mark is not the one/);
});

test('bytes behind version 0 are damage or a cut', async () => {
  assert.equal((await read(Buffer.concat([v0, Buffer.from('x')]))).problem, 'truncated');
  assert.equal((await read(Buffer.concat([v0, END_OF_FILE]))).problem, 'damaged');
});

test('a length that no field can have is damage at once, however much is still to come', async () => {
  const lengths = [1, 31, MAX_ENTRY_BYTES + 1, 0xff_ff_ff];
  for (const length of lengths) {
    const field = Buffer.alloc(LENGTH_BYTES);
    field.writeUIntBE(length, 0, LENGTH_BYTES);
    const { problem, message } = await read(Buffer.concat([v1.subarray(0, v1.length - END_OF_FILE.length), field]));
    assert.equal(problem, 'damaged');
    assert.match(message ?? '', new RegExp(`an entry claims ${length} bytes`));
  }
});

test('a header field with a length that it can not have is damage', async () => {
  for (const at of [
    16,
    ...bordersOf(v1)
      .filter((_, i) => i > 2 && i % 2 === 0)
      .slice(0, 4),
  ]) {
    for (const length of [0, 0x10_00_00]) {
      const bad = Buffer.from(v1);
      bad.writeUIntBE(length, at, LENGTH_BYTES);
      const { problem, message } = await read(bad);
      assert.equal(problem, 'damaged');
      assert.match(message ?? '', new RegExp(`claims ${length} bytes`));
    }
  }
});

test('an entry whose path is longer than itself, empty, too long or no text is damage', async () => {
  const inner = (plain: Buffer) => encodeField(seal(backupKey, plain, 'backup'));
  const bad = {
    'longer than the entry': inner(Buffer.concat([Buffer.from([0, 0, 200]), Buffer.from('/key/a')])),
    empty: inner(Buffer.concat([Buffer.from([0, 0, 0]), Buffer.from('value')])),
    'too long': encodeEntry(backupKey, `/${'x'.repeat(4096)}`, Buffer.alloc(0)),
    'no text': inner(Buffer.concat([encodeField(Buffer.from([0x2f, 0xff, 0xfe])), Buffer.from('value')])),
  };
  for (const [what, entry] of Object.entries(bad)) {
    const file = Buffer.concat([encodeHeader(smallHeader(1), backupKey), entry, END_OF_FILE]);
    for (const order of ['strict', 'any'] as const) {
      assert.equal((await readAll(chunked(file), order)).problem, 'damaged', what);
    }
  }
});

test('a path that stands twice, or out of order, is damage when order is asked for', async () => {
  const k = keyEntry('/key/.ns1/k1');
  const j = keyEntry('/key/.ns1/j');
  const twice = fileOf(1, [k, k]);
  const disorder = fileOf(1, [k, j]);
  assert.match((await read(twice)).message ?? '', /"\/key\/.ns1\/k1" stands there twice/);
  assert.match((await read(disorder)).message ?? '', /"\/key\/.ns1\/j" stands behind "\/key\/.ns1\/k1"/);
  for (const file of [twice, disorder]) {
    const { problem, entries: found } = await readAll(chunked(file), 'any');
    assert.equal(problem, undefined);
    assert.equal(found.length, 2);
  }
});

test('an empty file, another file and another version are told apart', async () => {
  assert.match((await read(Buffer.alloc(0))).message ?? '', /no NetHSM backup file: it is empty/);
  assert.equal((await read(Buffer.from('PK\x03\x04 a zip archive'))).problem, 'not-a-backup');
  for (const version of [2, 255]) {
    const other = Buffer.from(v1);
    other[15] = version;
    const { message, problem } = await read(other);
    assert.equal(problem, 'unsupported-version');
    assert.match(message ?? '', new RegExp(`format version ${version};`));
  }
});

test('version 0 that claims to be version 1, and the other way round, is not read', async () => {
  for (const file of [v0, v1]) {
    const swapped = Buffer.from(file);
    swapped[15] = 1 - (file[15] as number);
    assert.equal((await read(swapped)).problem, 'damaged');
  }
});

test('a wrong passphrase is told as such', async () => {
  await assert.rejects(openBackup(chunked(v1), { passphrase: 'wrong passphrase' }, { place }), {
    name: 'Problem',
    kind: 'wrong-passphrase',
    place,
  });
  await assert.rejects(openBackup(chunked(v1), { backupKey, salt: Buffer.alloc(16) }, { place }), {
    kind: 'wrong-passphrase',
  });
});

test('a flipped bit anywhere is found', async () => {
  for (const file of [v1, v0]) {
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.nat(7), fc.integer({ min: 1, max: 500 }), async (at, bit, size) => {
        const flipped = Buffer.from(file);
        flipped[at] = (flipped[at] as number) ^ (1 << bit);
        const { entries: found, problem } = await readAll(chunked(flipped, size));
        assert.notEqual(problem, undefined, `byte ${at}, bit ${bit}`);
        assert.deepEqual(found, entries.slice(0, found.length));
      }),
      { numRuns: 800 },
    );
  }
});

test('any chunking of any damaged file gives the same entries and the same problem', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(v1.length - 1),
      fc.nat(255),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 }),
      async (at, byte, sizes) => {
        const damaged = Buffer.from(v1);
        damaged[at] = byte;
        assert.deepEqual(await readAll(chunked(damaged, ...sizes)), await readAll(chunked(damaged)));
      },
    ),
    { numRuns: 300 },
  );
});

test('a source that fails, and a reader that stops early, let go of the source', async () => {
  for (const file of [v1, Buffer.from('no backup at all')]) {
    let closed = false;
    const source = async function* () {
      try {
        yield* chunked(file, 100);
      } finally {
        closed = true;
      }
    };
    try {
      const { batches } = await openBackup(source(), { backupKey, salt }, { place });
      for await (const _ of batches) break;
    } catch {}
    assert.ok(closed);
  }
});

test('reading stops when it is cancelled, also while it waits for a source that is stuck', async () => {
  const controller = new AbortController();
  async function* stuck() {
    yield v1.subarray(0, 700);
    setImmediate(() => controller.abort());
    await new Promise(() => {});
  }
  const { batches } = await openBackup(stuck(), { backupKey, salt }, { place, signal: controller.signal });
  await assert.rejects(
    async () => {
      for await (const _ of batches);
    },
    { kind: 'cancelled' },
  );
  await assert.rejects(openBackup(chunked(v1), { backupKey, salt }, { place, signal: AbortSignal.abort() }), {
    kind: 'cancelled',
  });
});

test('behind a fault nothing more is fetched', async () => {
  const border = bordersOf(v1).find((at) => at > 800) as number;
  for (const at of [border + 20, border]) {
    const damaged = Buffer.from(v1);
    damaged[at] = (damaged[at] as number) ^ 0xff;
    let fetched = 0;
    async function* counted() {
      for await (const chunk of chunked(damaged, 100)) {
        fetched += chunk.length;
        yield chunk;
      }
    }
    assert.equal((await readAll(counted())).problem, 'damaged');
    assert.ok(fetched < 1300, `${fetched}`);
  }
});

test('a version byte that is not the sealed one is damage', async () => {
  const header = encodeHeader(smallHeader(0), backupKey);
  const version = encodeField(seal(backupKey, Buffer.from([1]), 'backup-version'));
  const at = bordersOf(header)[4] as number;
  const forged = Buffer.concat([header.subarray(0, at), version, header.subarray(at + version.length)]);
  assert.match((await read(forged)).message ?? '', /version byte is not the one that is sealed inside/);
});
