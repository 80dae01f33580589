import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupEntry } from '../../core/backup/format.ts';
import { comparePaths } from '../../core/backup/paths.ts';
import { encodeHeader, writeBackup } from '../../core/backup/writer.ts';
import fc from '../support/laws.ts';
import { backupKey, chunked, fileOf, readAll, smallEntries, smallHeader } from './small-backup.ts';

const name = fc.stringMatching(/^[.]?[A-Za-z0-9æ€][A-Za-z0-9._~-]{0,20}$/);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const store = fc
  .uniqueArray(
    fc.record(
      { path, value: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
      { noNullPrototype: true },
    ),
    {
      selector: (entry) => entry.path,
      maxLength: 12,
    },
  )
  .map((entries) => entries.sort((a, b) => comparePaths(a.path, b.path)));

const collect = async (chunks: AsyncIterable<Buffer>): Promise<Buffer> => {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
};

test('what the writer writes, the reader reads, whatever the chunks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0 as const, 1 as const),
      store,
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 }),
      async (version, entries: BackupEntry[], sizes) => {
        const header = smallHeader(version);
        const raw = encodeHeader(header, backupKey);
        const file = await collect(writeBackup({ version, raw }, backupKey, entries));
        const reading = await readAll(chunked(file, ...sizes));
        assert.deepEqual(reading, { header: { ...header, raw }, entries });
      },
    ),
    { numRuns: 150 },
  );
});

test('single bytes and empty chunks are chunks too', async () => {
  const entries = smallEntries();
  const file = fileOf(1, entries);
  assert.deepEqual((await readAll(chunked(file, 1))).entries, entries);
  async function* withGaps() {
    for await (const chunk of chunked(file, 50)) {
      yield new Uint8Array();
      yield chunk;
    }
    yield new Uint8Array();
  }
  assert.deepEqual((await readAll(withGaps())).entries, entries);
});

test('a large backup goes out in several chunks', async () => {
  const entries = Array.from({ length: 40 }, (_, i) => ({ path: `/key/k${10 + i}`, value: Buffer.alloc(10_000, i) }));
  const raw = encodeHeader(smallHeader(1), backupKey);
  const sizes: number[] = [];
  for await (const chunk of writeBackup({ version: 1, raw }, backupKey, entries)) sizes.push(chunk.length);
  assert.ok(sizes.length > 4 && Math.max(...sizes) < 80_000, `${sizes}`);
});
