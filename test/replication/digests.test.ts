import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differingFields } from '../../core/inventory/compare.ts';
import type { KeyFacts } from '../../core/key-facts.ts';
import { factsDigest, materialDigest, sealedDigest } from '../../core/replication/digests.ts';
import fc from '../support/laws.ts';

const few = (...texts: string[]) => fc.shuffledSubarray(texts);
const publicPart = fc.constantFrom(
  undefined,
  { data: 'AA==' },
  { data: 'AQ==' },
  { modulus: 'AA==', publicExponent: 'AQAB' },
  { modulus: 'AA==', publicExponent: 'Aw==' },
);
const facts: fc.Arbitrary<KeyFacts> = fc
  .record({
    type: fc.constantFrom('RSA', 'Curve25519'),
    mechanisms: few('EdDSA_Signature', 'RSA_Signature_PKCS1'),
    public: publicPart,
    tags: few('a', 'b', 'a,b'),
    label: fc.constantFrom(undefined, '', 'a'),
    certificate: fc.constantFrom(
      undefined,
      { contentType: 'application/x-pem-file', data: Buffer.from('one') },
      { contentType: 'application/octet-stream', data: Buffer.from('one') },
      { contentType: 'application/octet-stream', data: Buffer.from('') },
    ),
    operations: fc.nat(3),
  })
  .map(({ public: key, label, certificate, ...rest }) => ({
    ...rest,
    ...(key && { public: key }),
    ...(label !== undefined && { label }),
    ...(certificate && { certificate }),
  }));

test('facts have one digest exactly where no field differs', () =>
  fc.assert(
    fc.property(facts, facts, (a, b) => {
      assert.equal(factsDigest(a).equals(factsDigest(b)), differingFields(a, b).length === 0);
    }),
    { numRuns: 3000 },
  ));

test('material has one digest exactly where type and public part are the same, and none without a public part', () =>
  fc.assert(
    fc.property(facts, facts, (a, b) => {
      assert.equal(materialDigest(a) === undefined, a.public === undefined);
      const [one, other] = [materialDigest(a), materialDigest(b)];
      if (one === undefined || other === undefined) return;
      const fields = differingFields(a, b);
      assert.equal(one.equals(other), !fields.includes('type') && !fields.includes('public'));
    }),
  ));

test('the same facts have the same digest however their public part is ordered', () => {
  const base = { type: 'RSA', mechanisms: [], tags: [], operations: 0 };
  const one: KeyFacts = { ...base, public: { modulus: 'AA==', publicExponent: 'AQAB' } };
  const other: KeyFacts = { ...base, public: { publicExponent: 'AQAB', modulus: 'AA==' } };
  assert.deepEqual(factsDigest(one), factsDigest(other));
  assert.deepEqual(materialDigest(one), materialDigest(other));
});

test('every digest has 16 bytes of its own, and that of a value is the start of its SHA-256', () => {
  const key: KeyFacts = { type: 'RSA', mechanisms: [], tags: [], operations: 0, public: { data: 'AA==' } };
  for (const digest of [factsDigest(key), materialDigest(key), sealedDigest(Buffer.from('abc'))]) {
    assert.equal(digest?.length, 16);
  }
  assert.equal(sealedDigest(Buffer.from('abc')).toString('hex'), 'ba7816bf8f01cfea414140de5dae2223');
});
