import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPackedDigests } from '../core/packed-digests.ts';
import { createPackedTexts } from '../core/packed-texts.ts';
import fc from './support/laws.ts';

const ascii = fc.string({ unit: 'binary-ascii', maxLength: 20 });
/** More than are packed together, so that some are packed and some are not. */
const many = fc
  .array(ascii, { minLength: 1, maxLength: 5 })
  .chain((texts) =>
    fc.nat(3000).map((length) => Array.from({ length }, (_, i) => `${texts[i % texts.length]}${i % 7}`)),
  );

test('packed texts are the texts that were added, in that order', () => {
  fc.assert(
    fc.property(many, (texts) => {
      const packed = createPackedTexts();
      for (const text of texts) packed.add(text);
      assert.equal(packed.length, texts.length);
      assert.deepEqual([...packed], texts);
      for (const i of [-1, texts.length, texts.length + 1024]) assert.throws(() => packed.at(i), RangeError);
    }),
    { numRuns: 30 },
  );
});

test('packed digests are the digests that were added, and what was given away stays', () => {
  const digests = createPackedDigests();
  const digestOf = (i: number): Buffer => Buffer.alloc(16, `${i} `);
  const given: Buffer[] = [];
  for (let i = 0; i < 3000; i++) {
    digests.add(digestOf(i));
    given.push(digests.at(i));
  }
  for (const [i, digest] of given.entries()) {
    assert.deepEqual(digest, digestOf(i));
    assert.deepEqual(digests.at(i), digestOf(i));
  }
  for (const i of [-1, 3000, 3071, 4096]) assert.throws(() => digests.at(i), RangeError);
});

test('of a longer digest the first 16 bytes are kept, a shorter one is none', () => {
  const digests = createPackedDigests();
  digests.add(Buffer.alloc(32, 'ab'));
  assert.deepEqual(digests.at(0), Buffer.alloc(16, 'ab'));
  assert.throws(() => digests.add(Buffer.alloc(15)), RangeError);
});
