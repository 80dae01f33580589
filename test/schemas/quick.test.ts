import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutText } from '../../schemas/tree/cut.ts';
import { lineStarts } from '../../schemas/tree/lines.ts';
import { parseWithYaml } from '../../schemas/tree/parse-item.ts';
import { quickTree } from '../../schemas/tree/quick.ts';
import fc from '../support/laws.ts';
import { GOOD } from './manifest-text.ts';

const RUNS = { numRuns: Number(process.env.FC_RUNS ?? 2_000) };

/** Where the quick reader gives a tree, the YAML parser gives the same and finds no fault. */
function agree(text: string): boolean {
  const quick = quickTree(text);
  if (quick === undefined) return false;
  const { root, faults } = parseWithYaml(text);
  assert.deepEqual(faults, [], JSON.stringify(text));
  assert.deepEqual(quick, root, JSON.stringify(text));
  return true;
}

const TOKENS = [
  ...[
    'a',
    'b:',
    'primary: oslo',
    'k: ',
    'url: https://x.example:8443/api/v1',
    '"q"',
    "'s'",
    '30m',
    '30',
    '007',
    '1e3',
    '0x1f',
  ],
  ...[
    'true',
    'Null',
    '~',
    '.5',
    '.inf',
    './a.pem',
    '/run/x',
    '-',
    '- a',
    '{',
    '}',
    '[',
    ']',
    ', ',
    ' ',
    '  ',
    '    ',
    '\n',
  ],
  ...[
    '\n  ',
    '\n    ',
    '\n      ',
    '\r\n    ',
    ' # c',
    '#',
    '\n# c\n',
    '\n      # deep\n',
    ': ',
    ':',
    '{ a: b }',
    '[a, "b", 3]',
  ],
  ...[
    '{ a: { b: [c] }, d: e }',
    '*x',
    '&x ',
    '!t ',
    '|',
    '>',
    '%',
    '@',
    '\t',
    '"',
    "'",
    '"a\\n"',
    'ø',
    '[]',
    '{}',
    '{a: b}',
  ],
];

test('pieces put together at random', () => {
  const text = fc.array(fc.constantFrom(...TOKENS), { maxLength: 14 }).map((tokens) => `  n:${tokens.join('')}`);
  fc.assert(
    fc.property(text, (one) => void agree(one)),
    RUNS,
  );
});

test('items of a manifest, with an edit', () => {
  const items = [GOOD, GOOD.replaceAll('\n', '\r\n')].flatMap((text) =>
    cutText(text, lineStarts(text)).pieces.map(({ start, end }) => text.slice(start, end)),
  );
  assert.ok(items.filter(agree).length >= items.length - 4, 'nearly all are read the quick way');
  const edited = fc
    .tuple(fc.constantFrom(...items), fc.nat(), fc.nat(4), fc.constantFrom('', ...TOKENS))
    .map(([text, place, remove, token]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + token + text.slice(at + remove);
    });
  fc.assert(
    fc.property(edited, (one) => void agree(one)),
    RUNS,
  );
});
