import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTable } from '../../cli/terminal/table.ts';
import { columns, printable, shorten, wrap } from '../../cli/terminal/text.ts';
import fc from '../support/laws.ts';

test('nothing that a terminal obeys gets through', () => {
  assert.equal(printable('a\u001b[2Jb'), 'a\\u{1b}[2Jb');
  assert.equal(printable('key\u202egnp.exe'), 'key\\u{202e}gnp.exe');
  assert.equal(printable('two\nlines\u2028'), 'two\\u{a}lines\\u{2028}');
  assert.equal(printable('zero\u200bwidth \ud800'), 'zero\\u{200b}width \\u{d800}');
  assert.equal(printable('Ærlig 鍵 🔑'), 'Ærlig 鍵 🔑');
});

test('whatever comes in, what goes out holds no control, format or lone surrogate character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(printable(text), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test('a shortened text fits, and one that fits is left alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, width) => {
      const short = shorten(text, width);
      assert.ok(columns(short) <= width);
      if (columns(text) <= width) assert.equal(short, text);
    }),
  );
});

test('wrapping loses no word and keeps to the width where words allow', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/)), fc.integer({ min: 12, max: 60 }), (words, width) => {
      const lines = wrap(words.join(' '), width);
      assert.deepEqual(lines.join(' '), words.join(' '));
      for (const line of lines) assert.ok(columns(line) <= width);
    }),
  );
});

test('a table lines up, figures to the right, wide characters counted as two columns', () => {
  const table = makeTable([{ title: 'Key', max: 6 }, { title: 'Uses', align: 'right' }, { title: 'Label' }]);
  const rows = [
    ['k', '7', '鍵'],
    ['longer-than-six', '12345', 'x'],
  ];
  assert.equal(table.head(rows), 'Key      Uses  Label');
  assert.deepEqual(table.lines(rows), ['k           7  鍵', 'longe…  12345  x']);
});
