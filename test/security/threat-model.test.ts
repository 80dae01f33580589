/** The threat model names its tests: they must be there, under these names. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const text = readFileSync(new URL('docs/threat-model.md', root), 'utf8');
/** A file, then the tests in it, in quotes. */
const REFERENCE = /`(test\/[\w/.-]+\.test\.ts)`((?:,? “[^”]+”)*)/g;

test('every test that the threat model names is there', () => {
  let named = 0;
  for (const [, file = '', quotes = ''] of text.matchAll(REFERENCE)) {
    const source = readFileSync(new URL(file, root), 'utf8');
    for (const [, name = ''] of quotes.matchAll(/“([^”]+)”/g)) {
      assert.ok(source.includes(name), `${file} has no test “${name}”`);
      named++;
    }
  }
  assert.ok(named > 40, `only ${named} tests are named`);
  assert.equal(text.match(/“/g)?.length, named, 'each quoted name follows its file');
});

test('every row of a table of attackers and of hazards names a test', () => {
  for (const part of ['## Who might attack', '## The device']) {
    const from = text.indexOf(part);
    const rows = text.slice(from, text.indexOf('\n## ', from + 4)).match(/^\| (?!he wants|hazard|-).*$/gm) ?? [];
    assert.ok(rows.length >= 7);
    for (const row of rows) assert.match(row, /`test\/[\w/.-]+\.test\.ts`/, row);
  }
});
