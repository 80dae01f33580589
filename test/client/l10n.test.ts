/** The bundle for translators holds every text of the client. `UPDATE_GOLDEN=1` writes it anew. */
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

const BUNDLE = 'l10n/bundle.l10n.json';

/** Texts in the order of their characters, each its own translation into English. */
function textsOfCode(): Record<string, string> {
  const texts = globSync('client/**/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/l10n\.t\(\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/g)].map(
      ([, literal = '']) => literal.slice(1, -1).replaceAll("\\'", "'").replaceAll('\\n', '\n'),
    ),
  );
  return Object.fromEntries([...new Set(texts)].sort().map((text) => [text, text]));
}

test('the bundle holds every text', () => {
  const texts = textsOfCode();
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(BUNDLE, `${JSON.stringify(texts, null, 2)}\n`);
  assert.deepEqual(JSON.parse(readFileSync(BUNDLE, 'utf8')), texts);
});

test('every call has a text that can be collected', () => {
  const calls = globSync('client/**/*.ts').flatMap((file) => {
    const code = readFileSync(file, 'utf8');
    return [...code.matchAll(/l10n\.t\(\s*(.)/g)].map(([, first]) => `${file}: ${first}`);
  });
  assert.deepEqual(
    calls.filter((call) => !/: ['"]$/.test(call)),
    [],
  );
});
