import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBackupParallel } from '../../core/backup/parallel.ts';
import { openBackup } from '../../core/backup/reader.ts';
import { END_OF_FILE } from '../../core/backup/writer.ts';
import fc from '../support/laws.ts';
import {
  backupKey,
  bordersOf,
  chunked,
  fileOf,
  place,
  type Reading,
  readAll,
  readFrom,
  salt,
  smallEntries,
} from './small-backup.ts';

const key = { backupKey, salt };
const readParallel = (source: AsyncIterable<Uint8Array>, threads = 2): Promise<Reading> =>
  readFrom(() => openBackupParallel(source, key, { place, threads }));

/** Large enough for several blocks. */
const many = Array.from({ length: 600 }, (_, i) => ({
  path: `/key/k${String(i).padStart(4, '0')}`,
  value: Buffer.alloc(3000, i),
}));
const large = fileOf(1, many);

test('worker threads give the same entries in the same order, whatever the chunks', async () => {
  for (const sizes of [[64 * 1024], [1000, 300_000, 7], [large.length]]) {
    const reading = await readParallel(chunked(large, ...sizes));
    assert.equal(reading.problem, undefined);
    assert.deepEqual(reading.entries, many);
  }
  const small = fileOf(0, smallEntries());
  assert.deepEqual(await readParallel(chunked(small, 50), 1), await readAll(chunked(small)));
});

test('an entry larger than a block comes through blocks in which none ends', async () => {
  const file = fileOf(1, [...many.slice(0, 1), { path: '/key/wide', value: Buffer.alloc(1_500_000, 7) }]);
  const paths = async (reading: Promise<Reading>) =>
    (await reading).entries.map(({ path, value }) => [path, value.length]);
  assert.deepEqual(await paths(readParallel(chunked(file, 64 * 1024))), await paths(readAll(chunked(file))));
});

test('worker threads find the same damage at the same place', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(large.length - 1), fc.nat(7), fc.boolean(), async (at, bit, isCut) => {
      const damaged = isCut ? large.subarray(0, at) : Buffer.from(large);
      if (!isCut) damaged[at] = (damaged[at] as number) ^ (1 << bit);
      assert.deepEqual(await readParallel(chunked(damaged, 50_000)), await readAll(chunked(damaged, 50_000)));
    }),
    { numRuns: 12 },
  );
  const append = fileOf(1, many, Buffer.concat([Buffer.alloc(3), Buffer.from('another end of file')]));
  const twice = fileOf(1, [...many, many[0] as (typeof many)[0]]);
  for (const file of [append, twice, Buffer.concat([large, END_OF_FILE])]) {
    assert.deepEqual(await readParallel(chunked(file)), await readAll(chunked(file)));
  }
});

test('a reader that stops early, or is cancelled, leaves no thread behind', async () => {
  const controller = new AbortController();
  const { batches } = await openBackupParallel(chunked(large, 10_000), key, {
    place,
    threads: 2,
    signal: controller.signal,
  });
  await assert.rejects(
    async () => {
      for await (const _ of batches) controller.abort();
    },
    { kind: 'cancelled' },
  );
  let isClosed = false;
  async function* source() {
    try {
      yield* chunked(large, 10_000);
    } finally {
      isClosed = true;
    }
  }
  const early = await openBackupParallel(source(), key, { place, threads: 2 });
  for await (const _ of early.batches) break;
  assert.ok(isClosed);
  // What is left alive would keep the test runner from ending, and shows here.
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(!process.getActiveResourcesInfo().includes('MessagePort'));
});

test('behind a length that can not be nothing more is fetched', async () => {
  const damaged = Buffer.from(large);
  damaged.writeUIntBE(1, bordersOf(large).at(-2 - 2 * 500) as number, 3);
  let fetched = 0;
  async function* counted() {
    for await (const chunk of chunked(damaged, 10_000)) {
      fetched += chunk.length;
      yield chunk;
    }
  }
  assert.equal((await readParallel(counted())).problem, 'damaged');
  assert.ok(fetched < large.length / 2, `${fetched}`);
});

test('a header that does not open is told before a thread starts', async () => {
  await assert.rejects(openBackupParallel(chunked(Buffer.from('x')), key, { place, threads: 2 }), {
    kind: 'not-a-backup',
  });
  const { header } = await openBackupParallel(chunked(large), key, { place, threads: 2 });
  const { header: same } = await openBackup(chunked(large), key, { place });
  assert.deepEqual(header, same);
});
