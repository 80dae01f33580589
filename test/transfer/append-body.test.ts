import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupSummary } from '../../core/backup/device-backup.ts';
import { END_MARK } from '../../core/backup/format.ts';
import { openBackup } from '../../core/backup/reader.ts';
import { encodeHeader } from '../../core/backup/writer.ts';
import { parseKeyId, parseNamespace } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { APPEND_END_MARK, buildAppendBody } from '../../core/transfer/append-body.ts';
import { headerPair } from '../../core/transfer/header-pair.ts';
import { sealedKey } from '../../core/transfer/sealed-entry.ts';

const backupKey = Buffer.alloc(32, 1);
const salt = Buffer.alloc(16, 2);
const header = {
  version: 1 as const,
  salt,
  lockedDomainKey: Buffer.alloc(60, 3),
  deviceId: 'devB',
  configStoreKey: Buffer.alloc(32, 4),
};
const summary: BackupSummary = {
  header: { ...header, raw: encodeHeader(header, backupKey) },
  backupKey,
  domain: 'sha256:00',
  unlockSalt: { path: '/local/devB/config/unlock-salt', value: Buffer.from('sealed salt') },
  entries: 9,
};
const NS = parseNamespace('payments');
const key = (id: string) => sealedKey(NS, parseKeyId(id), Buffer.from(`sealed ${id}`));

test('a body is the node’s own header, the entries in order with its own unlock salt, and an end mark that is not the device’s', async () => {
  const body = buildAppendBody(headerPair(summary, 'devB', 'bergen'), [key('b'), key('a')]);
  assert.equal(body.arguments, '{}');
  assert.equal(body.kind, 'append');
  const file = body.file as Buffer;
  assert.ok(file.subarray(0, summary.header.raw.length).equals(summary.header.raw));
  assert.equal(APPEND_END_MARK.length, 3 + END_MARK.length);
  assert.ok(file.subarray(-APPEND_END_MARK.length).equals(APPEND_END_MARK));
  assert.ok(!file.subarray(-END_MARK.length).equals(END_MARK));
  const opened = await openBackup(
    (async function* () {
      yield file;
    })(),
    { backupKey, salt },
    { place: 'body' },
  );
  const paths: string[] = [];
  await assert.rejects(async () => {
    for await (const batch of opened.batches) paths.push(...batch.map(({ path }) => path));
  }, /end mark/);
  assert.deepEqual(paths, ['/key/.payments/a', '/key/.payments/b', '/local/devB/config/unlock-salt']);
});

test('a header without its unlock salt, of another node, or of the old format makes no pair', () => {
  const refused = (over: Partial<BackupSummary>, node = 'devB') =>
    assert.throws(
      () => headerPair({ ...summary, ...over }, node, 'bergen'),
      (error) => isProblem(error, 'refused'),
    );
  refused({ unlockSalt: undefined });
  refused({}, 'devA');
  refused({ header: { version: 0, salt, lockedDomainKey: header.lockedDomainKey, raw: summary.header.raw } });
});

test('more than 511 entries, more than 1 MB, or one path twice are no body', () => {
  const pair = headerPair(summary, 'devB', 'bergen');
  const many = Array.from({ length: 512 }, (_, i) => key(`k${i}`));
  assert.throws(() => buildAppendBody(pair, many), RangeError);
  assert.ok(buildAppendBody(pair, many.slice(1)));
  assert.throws(() => buildAppendBody(pair, [sealedKey(NS, parseKeyId('x'), Buffer.alloc(1_000_000))]), RangeError);
  assert.throws(() => buildAppendBody(pair, [key('a'), key('a')]), RangeError);
});
