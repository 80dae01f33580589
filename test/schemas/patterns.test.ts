import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canFit, covers, fits, meet } from '../../schemas/patterns.ts';
import fc from '../support/laws.ts';

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 5 });

/** All texts of a and b up to a length at which two such short patterns have met if they can. */
const TEXTS = Array.from({ length: 8 }, (_, length) =>
  Array.from({ length: 2 ** length }, (_, bits) =>
    Array.from({ length }, (_, at) => ((bits >> at) & 1 ? 'a' : 'b')).join(''),
  ),
).flat();

const fitting = (one: string): Set<string> => {
  const expression = new RegExp(`^${one.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  return new Set(TEXTS.filter((text) => expression.test(text)));
};

test('a text fits a pattern as it would fit an expression', () =>
  fc.assert(
    fc.property(pattern, (one) => {
      const all = fitting(one);
      for (const text of TEXTS) assert.equal(fits(one, text), all.has(text), text);
    }),
    { numRuns: 500 },
  ));

test('a pattern that is all stars and letters takes no longer than it must', () => {
  const text = 'a'.repeat(128);
  for (let round = 0; round < 1000; round++) assert.ok(!fits(`${'*a'.repeat(63)}*b`, text));
});

test('two patterns meet if and only if a text fits both', () =>
  fc.assert(
    fc.property(pattern, pattern, (a, b) => {
      const other = fitting(b);
      assert.equal(
        meet(a, b),
        [...fitting(a)].some((text) => other.has(text)),
      );
    }),
    { numRuns: 500 },
  ));

test('a pattern that covers another fits all that the other fits', () =>
  fc.assert(
    fc.property(pattern, pattern, (wide, narrow) => {
      const all = fitting(wide);
      if (covers(wide, narrow)) for (const text of fitting(narrow)) assert.ok(all.has(text), text);
    }),
    { numRuns: 500 },
  ));

test('the usual cases of covering are seen', () => {
  for (const [wide, narrow] of [
    ['*', 'a-*'],
    ['app-*', 'app-web-*'],
    ['a?', 'ab'],
    ['a?', 'a?'],
    ['*', '*'],
    ['*b', 'a*b'],
  ]) {
    assert.ok(covers(wide as string, narrow as string), `${wide} covers ${narrow}`);
  }
  for (const [wide, narrow] of [
    ['a?', 'a*'],
    ['app-web-*', 'app-*'],
    ['a', 'b'],
  ]) {
    assert.ok(!covers(wide as string, narrow as string), `${wide} does not cover ${narrow}`);
  }
});

test('ids do not start with a dot, a dash or an underscore', () => {
  assert.ok(['a', '*', '?x', '0'].every(canFit));
  assert.ok(!['.a', '-a', '_a'].some(canFit));
});
