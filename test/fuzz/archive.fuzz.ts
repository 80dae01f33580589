import assert from 'node:assert/strict';
import { createHash, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { parsePath } from '../../core/backup/paths.ts';
import { seal } from '../../core/backup/sealing.ts';
import { ARCHIVE_MAGIC, ARCHIVE_VERSION, recordData } from '../../core/transfer/archive/format.ts';
import { readArchive } from '../../core/transfer/archive/reader.ts';
import type { SealedEntry } from '../../core/transfer/sealed-entry.ts';
import type { Fuzzer } from './fuzzer.ts';
import { assertFitToTell, hostileText } from './hostile-text.ts';

const FILE = 'fuzz.nethsm-archive';
const key = createSecretKey(Buffer.alloc(32, 7));
const START = Buffer.concat([ARCHIVE_MAGIC, Buffer.from([ARCHIVE_VERSION]), Buffer.alloc(16, 9)]);

/** Paths as they must be, and paths that a device would store as they are and never get rid of (hazard 3). */
const path = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[a-z][a-z0-9]{0,3}$/).map((id) => `/key/.payments/${id}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('/authentication/payments~app', '/authentication/payments~', '/authentication/admin'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        '/config/backup-salt',
        '/key/.version',
        '/key/.payments/.version',
        '/key/.payments/../../config/x',
        '/key/root',
      ],
      ...[
        '/key/.payments/a/b',
        '/key/.payments//a',
        '/key/.payments/a/',
        '/local/devA/config/unlock-salt',
        '/namespace/payments',
      ],
    ),
  },
  { weight: 1, arbitrary: hostileText.map((text) => `/key/.payments/${text}`.slice(0, 4000)) },
);
const entry = fc.record({ path, value: fc.uint8Array({ maxLength: 40 }) });
/** Who knows the passphrase can write anything into the parts that say what the archive is. */
const head = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ namespace: 'payments', created: '2026-11-24T12:00:00.000Z', device: 'oslo' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      namespace: fc.oneof(hostileText, fc.constant(''), fc.constant('payments')),
      created: fc.constantFrom('2026-11-24T12:00:00Z', 'today'),
      device: fc.oneof(hostileText, fc.constant('oslo')),
    }),
  },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const inventory = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom('keys', 'users', 'digest', 'domain', 'release'), fc.jsonValue()),
  },
);
const at = fc.nat(12);
const harm = fc.oneof(
  fc.record({ do: fc.constantFrom('drop' as const, 'double' as const, 'swap' as const, 'end' as const), at }),
  fc.record({ do: fc.constant('flip' as const), at, byte: fc.nat(300), bit: fc.nat(7) }),
  fc.record({ do: fc.constant('length' as const), at, length: fc.oneof(fc.nat(64), fc.nat(0xff_ff_ff_ff)) }),
  fc.record({ do: fc.constant('insert' as const), at, bytes: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ do: fc.constant('cut' as const), keep: fc.nat(900) }),
);
type Harm = typeof harm extends fc.Arbitrary<infer H> ? H : never;

const file = fc.record({
  head,
  entries: fc.array(entry, { maxLength: 6 }),
  inventory,
  harms: fc.array(harm, { maxLength: 2 }),
  chunks: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 }),
});

const framed = (sealed: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(sealed.length);
  return Buffer.concat([length, sealed]);
};
const record = (kind: Parameters<typeof recordData>[0], number: number, plain: Uint8Array): Buffer =>
  framed(seal(key, plain, recordData(kind, number)));
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

interface Written {
  path: string;
  value: Uint8Array;
}

/** The digest of the format, written down once more. */
function digestOf(entries: Written[]): string {
  const hash = createHash('sha256');
  for (const { path, value } of entries) {
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32BE(Buffer.byteLength(path), 0);
    lengths.writeUInt32BE(value.length, 4);
    hash.update(lengths).update(path).update(value);
  }
  return hash.digest('hex');
}

function build(head: unknown, entries: Written[], inventory: object): Buffer[] {
  const users = entries.filter(({ path }) => path.startsWith('/auth')).map(() => ({ name: 'app', role: 'Operator' }));
  const keys = entries.length - users.length;
  const proper = { domain: 'sha256:00', release: '5.0', keys, users, digest: digestOf(entries) };
  return [
    record('head', 0, json(head)),
    ...entries.map(({ path, value }, i) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(Buffer.byteLength(path));
      return record('entry', i + 1, Buffer.concat([length, Buffer.from(path), value]));
    }),
    Buffer.alloc(4),
    record('inventory', entries.length + 1, json({ ...proper, ...inventory })),
  ];
}

function harmed(records: Buffer[], harms: Harm[]): Buffer {
  const list = [...records];
  let keep = Number.POSITIVE_INFINITY;
  for (const harm of harms) {
    const i = 'at' in harm ? harm.at % (list.length + 1) : 0;
    const one = Buffer.from(list[i] ?? Buffer.alloc(0));
    if (harm.do === 'drop') list.splice(i, 1);
    else if (harm.do === 'double') list.splice(i, 0, one);
    else if (harm.do === 'swap') list.splice(i, 2, ...list.slice(i, i + 2).reverse());
    else if (harm.do === 'end') list.splice(i, 0, Buffer.alloc(4));
    else if (harm.do === 'insert') list.splice(i, 0, Buffer.from(harm.bytes));
    else if (harm.do === 'cut') keep = Math.min(keep, harm.keep);
    else if (harm.do === 'flip' && one.length > 0) {
      one.writeUInt8(one.readUInt8(harm.byte % one.length) ^ (1 << harm.bit), harm.byte % one.length);
      list.splice(i, 1, one);
    } else if (harm.do === 'length' && one.length > 4) {
      one.writeUInt32BE(harm.length, 0);
      list.splice(i, 1, one);
    }
  }
  return Buffer.concat([START, ...list]).subarray(0, keep);
}

async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const isProper = (head: unknown, entries: Written[], inventory: object): boolean =>
  (head as { created?: string } | null)?.created === '2026-11-24T12:00:00.000Z' &&
  Object.keys(inventory).length === 0 &&
  entries.every(({ path }, i) => {
    const parsed = parsePath(path);
    const belongs = (parsed.kind === 'key' || parsed.kind === 'user') && parsed.namespace === 'payments';
    return belongs && path !== entries[i - 1]?.path;
  });

/** An archive is read whole and as it was written, or refused in words; and what it gives could only be built by us. */
export const archiveFuzzer: Fuzzer = {
  name: 'archive',
  property: fc.asyncProperty(file, async ({ head, entries, inventory, harms, chunks }) => {
    const records = build(head, entries, inventory);
    const bytes = harmed(records, harms);
    const intact = bytes.equals(Buffer.concat([START, ...records]));
    const found: SealedEntry[] = [];
    let refused: unknown;
    try {
      const archive = await readArchive(chunked(bytes, chunks), { file: FILE, keyOf: async () => key });
      for await (const batch of archive.batches) found.push(...batch);
      assert.equal(archive.inventory().keys, found.filter(({ kind }) => kind === 'key').length);
    } catch (error) {
      assertFitToTell(error, FILE);
      refused = error;
    }
    assert.ok(refused !== undefined || intact, 'harm is found');
    if (intact && isProper(head, entries, inventory)) assert.equal(refused, undefined, 'what is whole is read');
    for (const { path } of found)
      assert.match(path, /^\/(key\/(\.payments\/)?|authentication\/payments~)[A-Za-z0-9][\w.-]*$/);
    if (refused === undefined) {
      const written = entries.map(({ path, value }) => ({ path, value: Buffer.from(value) }));
      assert.deepEqual(
        found.map(({ path, value }) => ({ path, value })),
        written,
      );
    }
  }),
};
