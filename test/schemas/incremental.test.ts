import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownItems, parseDocument, parseGradually } from '../../schemas/tree/document.ts';

const entry = (index: number) => `  n${index}:\n    primary: oslo\n    replicas: [bergen]\n`;
const TEXT = `version: 1\ndevices:\n  oslo: { url: https://a }\nnamespaces:\n${Array.from({ length: 500 }, (_, index) => entry(index)).join('')}`;

test('after an edit only what was edited is parsed', () => {
  let document = parseDocument(TEXT);
  assert.equal(document.parsedItems, 504);
  const steps: [string, string, number][] = [
    ['  n250:\n    primary: oslo', '  n250:\n    primary: bergen', 1],
    ['  n100:\n', `${entry(1_000)}  n100:\n`, 1],
    [entry(300), '', 0],
    ['namespaces:\n', 'name\n', 1],
    ['name\n', 'namespaces:\n', 1],
    ['version: 1\n', '# a comment\nversion: 1\n', 0],
    ['  n400:\n', '  n400: [\n', 1],
    ['devices:\n', '', 1],
  ];
  for (const [from, to, parsed] of steps) {
    const text = document.text.replace(from, to);
    assert.notEqual(text, document.text, from);
    document = parseDocument(text, document);
    assert.equal(document.parsedItems, parsed, JSON.stringify([from, to]));
  }
});

test('an entry that moves is taken over by its text', () => {
  const document = parseDocument(TEXT);
  const moved = `${TEXT.replace(entry(100), '').replace(entry(200), '')}${entry(100)}${entry(200)}`;
  assert.equal(parseDocument(moved, document).parsedItems, 0);
});

test('parsing that is given up is not begun anew', async () => {
  const text = TEXT.replaceAll('primary: oslo', 'primary: "\\x6fslo"');
  const known = knownItems(undefined);
  let asked = 0;
  assert.equal(await parseGradually(text, known, () => ++asked > 0), undefined);
  const parsed = known.byText?.size ?? 0;
  assert.ok(parsed > 0 && parsed < 504, String(parsed));
  const document = await parseGradually(text, known, () => false);
  assert.equal(document?.parsedItems, 504 - parsed);
});

test('a version kept from before does not keep its whole text', () => {
  const document = parseDocument(TEXT.replace('n7:', 'n-seven:'), parseDocument(TEXT));
  assert.ok(document.items.every(({ parsed }) => parsed.text.length < 100));
});
