import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { parseStoredKey, publicFacts, type StoredKey } from '../../core/backup/stored.ts';

const stored = (pem: string): StoredKey => ({ mechanisms: [], private: { pem }, operations: 0, tags: [] });
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;
const base64 = (text: string | undefined): string => Buffer.from(text ?? '', 'base64url').toString('base64');

test('the public part of an elliptic curve key is its point, uncompressed', () => {
  const curves = {
    EC_P256: 'prime256v1',
    EC_P384: 'secp384r1',
    EC_P521: 'secp521r1',
    EC_P256K1: 'secp256k1',
    BrainpoolP256: 'brainpoolP256r1',
    BrainpoolP384: 'brainpoolP384r1',
    BrainpoolP512: 'brainpoolP512r1',
  };
  for (const [type, namedCurve] of Object.entries(curves)) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const facts = publicFacts(stored(pemOf(privateKey)));
    assert.equal(facts.type, type);
    const { data } = facts.public as { data: string };
    const point = Buffer.from(data, 'base64');
    assert.equal(point[0], 4);
    assert.ok(spki.subarray(-point.length).equals(point), type);
  }
});

test('the public part of an RSA key is modulus and exponent', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const facts = publicFacts(stored(pemOf(privateKey)));
  assert.equal(facts.type, 'RSA');
  assert.deepEqual(facts.public, { modulus: base64(n), publicExponent: base64(e) });
});

test('Ed25519 and X25519 keys are Curve25519', () => {
  for (const { privateKey, publicKey } of [generateKeyPairSync('ed25519'), generateKeyPairSync('x25519')]) {
    const facts = publicFacts(stored(pemOf(privateKey)));
    assert.deepEqual(
      [facts.type, facts.public],
      ['Curve25519', { data: base64(publicKey.export({ format: 'jwk' }).x) }],
    );
  }
});

test('a Generic key has no public part', () => {
  const facts = publicFacts({
    mechanisms: ['AES_Encryption_CBC'],
    private: { raw: Buffer.alloc(16) },
    operations: 0,
    tags: [],
  });
  assert.equal(facts.type, 'Generic');
  assert.ok(!('public' in facts));
});

test('what is no private key is unreadable, and the message holds nothing of it', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = pemOf(privateKey);
  const der = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'der' }));
  const asPem = (bytes: Buffer): string =>
    `-----BEGIN PRIVATE KEY-----\n${bytes.toString('base64')}\n-----END PRIVATE KEY-----`;
  for (let at = 0; at < der.length; at++) {
    assert.throws(() => publicFacts(stored(asPem(der.subarray(0, at)))), { kind: 'unreadable' }, `cut at ${at}`);
  }
  const { privateKey: other } = generateKeyPairSync('ec', { namedCurve: 'secp224r1' });
  for (const bad of ['', 'no PEM', pemOf(other)]) {
    assert.throws(
      () => publicFacts(stored(bad)),
      (error: Error) => !error.message.includes(pem.split('\n')[1] as string) && error.cause === undefined,
    );
  }
});

test('a stored value that is no key is not taken for one', () => {
  for (const bad of ['', '{}', '[]', 'null', '"x"', '{"mechanisms":[],"priv":{},"operations":0,"restrictions":{}}']) {
    assert.equal(parseStoredKey(Buffer.from(bad)), undefined, bad);
  }
});
