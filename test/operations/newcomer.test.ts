import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createCache } from '../../server/operations/engine/cache.ts';
import { inEditorWords } from '../../server/operations/look/editor-words.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage.close());

test('a replica that lacks the namespace has an empty inventory, and none of its keys', async () => {
  const { editor, uri } = stage;
  const where = { manifest: uri, namespace: 'payments', device: 'bergen' };
  const alone = await editor.read('nethsm/text', { kind: 'inventory', ...where });
  assert.equal(alone.text, '# payments\n');
  const beside = await editor.read('nethsm/text', { kind: 'inventory', ...where, against: 'oslo' });
  assert.equal(beside.text, '# payments\n');
  const page = await editor.read('nethsm/keys', { ...where, limit: 10, maxAge: 0 });
  assert.deepEqual([page.total, page.keys], [0, []]);
  const key = await editor.read('nethsm/text', { kind: 'key', ...where, key: 'card-1' });
  assert.equal(key.text, '');
  const { devices } = await editor.read('nethsm/key', { ...where, key: 'card-1' });
  assert.deepEqual(
    devices.map(({ device, facts, problem }) => [device, facts !== undefined, problem]),
    [
      ['bergen', false, undefined],
      ['oslo', true, undefined],
    ],
  );
});

test('what was known stays, as outdated, until it was read again', async () => {
  let now = 1_000;
  const cache = createCache(() => now);
  cache.put('a\ndrift', 1);
  cache.put('a\nplan', 1);
  cache.drop('a\n', (key) => key.endsWith('drift'));
  assert.deepEqual(cache.known('a\ndrift'), { value: 1, at: 1_000, isOutdated: true });
  assert.deepEqual(cache.known('a\nplan'), {});
  now = 1_001;
  const read = await cache.glance('a\ndrift', { maxAge: 60_000 }, async () => 2, assert.fail);
  assert.deepEqual(read, { value: 2, at: 1_001 });
});

test('what a person at the editor is told names no option of the command line', async () => {
  for (const [words, wanted] of [
    ['Decide on them with conflicts --resolve, then run it again', '“Resolve Conflict…”'],
    ['If they may go, say so with --erase rome: a whole backup is taken first', '“Pair Devices…”: a whole'],
    ['If it can not be reached in time, accept that with --accept-loss', '“Fail Over…”'],
    ['Read the manifest; if you trust it, say --allow-commands', 'trust the workspace'],
    ['Bring it back with `rejoin --namespace payments --device oslo`', '“Re-join Old Primary…” for oslo'],
    ['move the role with `promote --root --device oslo`', '“Switch Over…” to oslo'],
    ['Pair it (`pair --from oslo --to rome`)', '(“Pair Devices…” from oslo to rome)'],
    ['Promote rome without --failover; cut it off first', 'Use “Switch Over…” to rome;'],
  ] as const) {
    const said = inEditorWords(words);
    assert.ok(said.includes(wanted), said);
    assert.doesNotMatch(said, /--[a-z]|`/);
  }
  const titles = await readFile(join(import.meta.dirname, '..', '..', 'package.nls.json'), 'utf8');
  const table = await readFile(join(import.meta.dirname, '..', '..', 'server/operations/look/editor-words.ts'), 'utf8');
  for (const [, title] of table.matchAll(/“([^”]+)”/g)) assert.ok(titles.includes(`"${title}"`), title);
});
