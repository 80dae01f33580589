import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { type BackupEntry, type BackupVersion, END_MARK } from '../../core/backup/format.ts';
import { inspectBackup } from '../../core/backup/inspect.ts';
import { comparePaths } from '../../core/backup/paths.ts';
import { seal } from '../../core/backup/sealing.ts';
import { parseStoredKey, parseStoredUser, publicFacts } from '../../core/backup/stored.ts';
import { encodeField, encodeHeader } from '../../core/backup/writer.ts';
import { isProblem } from '../../core/problem.ts';
import { backupKey, chunked, place, readAll, salt, smallHeader } from '../backup/small-backup.ts';
import type { Fuzzer } from './fuzzer.ts';
import { readEntriesPlainly } from './reference.ts';

const cipherKey = createSecretKey(backupKey);
const headers = ([0, 1] as const).map((version) => encodeHeader(smallHeader(version), backupKey));

/** A harm done to a file, by the fields it is made of: the entries, sealed, and the end. */
type Harm =
  | { do: 'drop' | 'double' | 'swap' | 'empty'; at: number }
  | { do: 'flip'; at: number; byte: number; bit: number }
  | { do: 'length'; at: number; length: number }
  | { do: 'plain'; at: number; plain: Uint8Array }
  | { do: 'insert'; at: number; bytes: Uint8Array }
  | { do: 'cut' | 'cut-head'; keep: number }
  | { do: 'flip-head'; byte: number; bit: number };

const anyBytes = fc.uint8Array({ maxLength: 60 });
const at = fc.nat(20);
const harm: fc.Arbitrary<Harm> = fc.oneof(
  fc.record({ do: fc.constantFrom('drop' as const, 'double' as const, 'swap' as const, 'empty' as const), at }),
  fc.record({ do: fc.constant('flip' as const), at, byte: fc.nat(400), bit: fc.nat(7) }),
  fc.record({ do: fc.constant('length' as const), at, length: fc.oneof(fc.nat(64), fc.nat(0xff_ff_ff)) }),
  fc.record({ do: fc.constant('plain' as const), at, plain: fc.oneof(anyBytes, plainWithLength()) }),
  fc.record({ do: fc.constant('insert' as const), at, bytes: fc.oneof(anyBytes, fc.constant(END_MARK)) }),
  fc.record({ do: fc.constant('cut' as const), keep: fc.nat(4000) }),
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cut-head' as const), keep: fc.nat(400) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flip-head' as const), byte: fc.nat(400), bit: fc.nat(7) }) },
);

/** The inside of an entry whose path claims a length near its own. */
function plainWithLength(): fc.Arbitrary<Uint8Array> {
  const text = fc.stringMatching(/^[a-z/]{0,60}$/).map((path) => Buffer.from(path));
  return fc
    .tuple(fc.nat(70), fc.oneof(text, anyBytes))
    .map(([length, bytes]) => Buffer.concat([Buffer.from([0, 0, length]), bytes]));
}

const part = fc.oneof(
  fc.constantFrom('key', '.ns1', '.version', 'k1', '..', '', 'æ', 'a~b', 'namespace'),
  fc.stringMatching(/^[ -~]{1,8}$/),
);
const entry = fc.record({
  path: fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`),
  value: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
});
const file = fc.record({
  version: fc.constantFrom<BackupVersion>(0, 1),
  entries: fc.array(entry, { maxLength: 8 }),
  isOrdered: fc.boolean(),
  harms: fc.array(harm, { maxLength: 3 }),
  chunks: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 }),
});

const sealPlain = (plain: Uint8Array): Buffer => encodeField(seal(cipherKey, plain, 'backup'));
const sealEntry = ({ path, value }: BackupEntry): Buffer =>
  sealPlain(Buffer.concat([encodeField(Buffer.from(path)), value]));

function flip(bytes: Buffer, byte: number, bit: number): Buffer {
  const flipped = Buffer.from(bytes);
  if (flipped.length > 0)
    flipped.writeUInt8(flipped.readUInt8(byte % flipped.length) ^ (1 << bit), byte % flipped.length);
  return flipped;
}

/** Does the harms, one after the other. */
function build(version: BackupVersion, entries: BackupEntry[], harms: Harm[]): { head: Buffer; body: Buffer } {
  const fields = [...entries.map(sealEntry), ...(version === 1 ? [Buffer.alloc(3), END_MARK] : [])];
  let head = headers[version] as Buffer;
  let keep = Number.POSITIVE_INFINITY;
  for (const harm of harms) {
    const i = 'at' in harm ? harm.at % (fields.length + 1) : 0;
    const field = fields[i] ?? Buffer.alloc(0);
    if (harm.do === 'drop') fields.splice(i, 1);
    else if (harm.do === 'double') fields.splice(i, 0, field);
    else if (harm.do === 'swap') fields.splice(i, 2, ...fields.slice(i, i + 2).reverse());
    else if (harm.do === 'empty') fields.splice(i, 1, Buffer.alloc(3));
    else if (harm.do === 'flip') fields.splice(i, 1, flip(field, harm.byte, harm.bit));
    else if (harm.do === 'plain') fields.splice(i, 0, sealPlain(harm.plain));
    else if (harm.do === 'insert') fields.splice(i, 0, Buffer.from(harm.bytes));
    else if (harm.do === 'cut') keep = Math.min(keep, harm.keep);
    else if (harm.do === 'cut-head') head = head.subarray(0, harm.keep);
    else if (harm.do === 'flip-head') head = flip(head, harm.byte, harm.bit);
    else if (harm.do === 'length') {
      const length = Buffer.alloc(3);
      length.writeUIntBE(harm.length, 0, 3);
      fields.splice(i, 1, Buffer.concat([length, field.subarray(3)]));
    }
  }
  return { head, body: Buffer.concat(fields).subarray(0, keep) };
}

/** The streaming reader agrees with the plain one on every file, and inspection says something of each. */
export const backupFuzzer: Fuzzer = {
  name: 'backup',
  property: fc.asyncProperty(file, async ({ version, entries, isOrdered, harms, chunks }) => {
    const stored = isOrdered ? entries.toSorted((a, b) => comparePaths(a.path, b.path)) : entries;
    const { head, body } = build(version, stored, harms);
    const bytes = Buffer.concat([head, body]);
    const { header, entries: found, problem } = await readAll(chunked(bytes, ...chunks));
    if (header === undefined) {
      assert.ok(!head.equals(headers[version] as Buffer), 'an intact header is read');
      assert.notEqual(problem, undefined);
      return;
    }
    assert.ok(head.equals(headers[version] as Buffer), 'a header that was altered is found');
    assert.deepEqual({ entries: found, ...(problem && { problem }) }, readEntriesPlainly(version, body, cipherKey));
    const inspection = await inspectBackup(() => chunked(bytes, ...chunks), { backupKey, salt }, { place });
    assert.ok(inspection.entries >= found.length);
    if (problem === undefined) assert.ok(inspection.complete);
    else assert.ok(!inspection.complete || inspection.problems.length > 0);
  }),
};

const json = fc.oneof(
  fc.json().map((text) => Buffer.from(text, 'latin1')),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc
    .record(
      {
        mechanisms: fc.array(fc.oneof(fc.string(), fc.nat())),
        priv: fc.oneof(
          fc.record({
            PEM: fc.oneof(
              fc.string(),
              fc.base64String().map((text) => `-----BEGIN PRIVATE KEY-----\n${text}\n`),
            ),
          }),
          fc.record({ raw: fc.string() }),
        ),
        cert: fc.oneof(fc.constant(null), fc.array(fc.string(), { maxLength: 3 })),
        operations: fc.oneof(fc.nat(), fc.double()),
        restrictions: fc.oneof(fc.record({ tags: fc.array(fc.string()) }), fc.constant({})),
        label: fc.string({ unit: 'binary' }),
        name: fc.string(),
        salt: fc.string(),
        digest: fc.string(),
        role: fc.string(),
        tags: fc.array(fc.string()),
      },
      { requiredKeys: ['mechanisms', 'priv', 'operations', 'restrictions'] },
    )
    .map((value) => Buffer.from(JSON.stringify(value))),
);

/** Whatever stands in an opened value, reading it gives a key, a user, nothing, or a Problem. */
export const storedFuzzer: Fuzzer = {
  name: 'stored values',
  property: fc.property(json, (value) => {
    parseStoredUser(value);
    const key = parseStoredKey(value);
    if (key === undefined) return;
    try {
      const facts = publicFacts(key);
      assert.equal(typeof facts.type, 'string');
    } catch (error) {
      assert.ok(isProblem(error, 'unreadable'), String(error));
    }
  }),
};
