import assert from 'node:assert/strict';
import { createDecipheriv, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { afterEach, test } from 'node:test';
import { decodeBase64, encodeBase64 } from '../../core/backup/base64-bytes.ts';
import { takeApart } from '../../core/backup/private-part.ts';
import { seal, storeKey } from '../../core/backup/sealing.ts';
import { encodeStoredKey, type StoredKey } from '../../core/backup/stored.ts';
import { isProblem, Problem } from '../../core/problem.ts';
import { importSealed } from '../../core/transfer/import-key.ts';
import { randomScalar } from '../../practice/keys/curve-signing.ts';
import { importMaterial } from '../../practice/keys/import.ts';
import { curveMaterial, edMaterial, type Material, openMaterial, publicPart } from '../../practice/keys/material.ts';
import { CURVES, type KeyType } from '../../practice/keys/types.ts';
import fc from '../support/laws.ts';

const PATH = '/key/.payments/k';
const DOMAIN_KEY = Buffer.alloc(32, 5);
const KEY = storeKey(DOMAIN_KEY, 'key');
const seed = randomBytes(32);
const rsa = generateKeyPairSync('rsa', {
  modulusLength: 1024,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'der' },
});

const materials: [string, KeyType, Material][] = [
  ...Object.entries(CURVES).map(
    ([name, curve]) =>
      [name, name as KeyType, curveMaterial(curve, randomScalar(curve))] as [string, KeyType, Material],
  ),
  ['Ed25519', 'Curve25519', edMaterial(seed)],
  ['RSA', 'RSA', { PEM: rsa.privateKey }],
  ['Generic', 'Generic', { raw: randomBytes(33).toString('base64') }],
];

const stored = (material: Material, over: Partial<StoredKey> = {}): Buffer =>
  encodeStoredKey({
    mechanisms: ['ECDSA_Signature'],
    private: 'PEM' in material ? { pem: material.PEM } : { raw: Buffer.from(material.raw, 'base64') },
    operations: 7,
    tags: ['berlin'],
    ...over,
  });

const sealed = (opened: Buffer) => ({ path: PATH, value: seal(KEY, opened, PATH), place: 'key k' });

for (const [name, type, material] of materials) {
  test(`a key of the kind ${name} comes out as the device takes it, and is the same key there`, async () => {
    const opened = stored(material, {
      label: 'Grün "priv":{',
      certificate: { contentType: 'x', data: randomBytes(50) },
    });
    const apart = takeApart(opened, 'key k');
    assert.equal(apart.type, type);
    assert.deepEqual([apart.rest.tags, apart.rest.label, apart.rest.operations], [['berlin'], 'Grün "priv":{', 7]);
    const there = openMaterial(importMaterial(type, JSON.parse(apart.privateJson.toString())));
    const here = openMaterial(material);
    assert.deepEqual(publicPart(there), publicPart(here));
    assert.deepEqual(there.raw, here.raw);
  });
}

test('a scalar that was stored without its leading zeros goes out in full length', () => {
  const short = Buffer.alloc(31, 9);
  const apart = takeApart(stored(curveMaterial(CURVES.EC_P256, short)), 'key k');
  const { data } = JSON.parse(apart.privateJson.toString()) as { data: string };
  assert.deepEqual(Buffer.from(data, 'base64'), Buffer.concat([Buffer.alloc(1), short]));
});

/** Buffers that came into being, and texts that were made of some, while something ran. */
function watch(): { buffers: Buffer[]; texts: string[] } {
  const seen = { buffers: [] as Buffer[], texts: [] as string[] };
  const prototype = Buffer.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of ['toString', 'latin1Slice', 'utf8Slice', 'base64Slice', 'hexSlice', 'asciiSlice']) {
    const original = prototype[name] as (...args: unknown[]) => unknown;
    restore.push(() => Object.assign(prototype, { [name]: original }));
    prototype[name] = function (this: unknown, ...args: unknown[]) {
      const text = original.apply(this, args);
      seen.texts.push(String(text));
      return text;
    };
  }
  const decipher = Object.getPrototypeOf(createDecipheriv('aes-256-gcm', KEY, Buffer.alloc(12)));
  const update = decipher.update as (...args: unknown[]) => Buffer;
  restore.push(() => Object.assign(decipher, { update }));
  decipher.update = function (this: unknown, ...args: unknown[]) {
    const opened = update.apply(this, args);
    seen.buffers.push(opened);
    return opened;
  };
  for (const name of ['alloc', 'allocUnsafe', 'concat', 'from'] as const) {
    const original = Buffer[name] as (...args: unknown[]) => Buffer;
    restore.push(() => Object.assign(Buffer, { [name]: original }));
    Object.assign(Buffer, {
      [name]: (...args: unknown[]) => {
        const made = original(...args);
        seen.buffers.push(made);
        return made;
      },
    });
  }
  return seen;
}
const restore: (() => void)[] = [];
const stopWatching = (): void => {
  for (const undo of restore.splice(0)) undo();
};
afterEach(stopWatching);

for (const outcome of ['taken', 'refused'] as const) {
  test(`the private part is in no text, and in no buffer once the import was ${outcome}`, async () => {
    for (const [name, , material] of materials) {
      const entry = sealed(stored(material));
      const secrets = secretsOf(material);
      const seen = watch();
      let given: Buffer | undefined;
      let whileSent = '';
      const imported = importSealed(KEY, entry, async (json) => {
        given = json;
        whileSent = Array.from(json, (byte) => String.fromCharCode(byte)).join('');
        if (outcome === 'refused') throw new Error('no');
      });
      if (outcome === 'refused') await assert.rejects(imported, /^Error: no$/);
      else await imported;
      stopWatching();
      assert.match(whileSent, /"restrictions":\{"tags":\["berlin"\]\}/, 'never there for everybody');
      assert.ok(
        secrets.every((secret) => whileSent.includes(secret.toString('base64'))),
        name,
      );
      assert.ok(
        (given as Buffer).every((byte) => byte === 0),
        `${name}: what the sender got is wiped`,
      );
      for (const secret of secrets) {
        for (const form of [secret, Buffer.from(secret.toString('base64'))]) {
          for (const buffer of seen.buffers) assert.equal(buffer.includes(form), false, `${name}: a buffer keeps it`);
        }
        for (const form of ['base64', 'hex', 'latin1'] as const) {
          for (const text of seen.texts) assert.equal(text.includes(secret.toString(form)), false, `${name}: a text`);
        }
      }
      assert.ok(seen.buffers.length > 3, 'it was watched');
    }
  });
}

/** What must not be found anywhere: the bytes that are the key. */
function secretsOf(material: Material): Buffer[] {
  if ('raw' in material) return [Buffer.from(material.raw, 'base64')];
  const open = openMaterial(material);
  if (open.scalar !== undefined) return [Buffer.from(open.scalar)];
  if (open.type === 'Curve25519') return [seed];
  const { p, q } = (open.key as KeyObject).export({ format: 'jwk' }) as { p: string; q: string };
  // The device's DER keeps the zero in front that makes a number positive.
  return [p, q].map((prime) => Buffer.concat([Buffer.alloc(1), Buffer.from(prime, 'base64url')]));
}

test('what is no key of a device is refused, without a word of its content', () => {
  const bad = [
    'no JSON',
    '{"mechanisms":[]}',
    '{"mechanisms":[],"priv":{"raw":"AAAA"},"priv":{"raw":"BBBB"},"cert":null,"operations":0,"restrictions":{}}',
    '{"mechanisms":[],"priv":{"raw":7},"cert":null,"operations":0,"restrictions":{}}',
    '{"mechanisms":[],"priv":{"raw":"s3cret!"},"cert":null,"operations":0,"restrictions":{}}',
    '{"mechanisms":[],"priv":{"PEM":"s3cret"},"cert":null,"operations":0,"restrictions":{}}',
    '{"mechanisms":[],"priv":{"PEM":"-----BEGIN PRIVATE KEY-----MAA=-----END PRIVATE KEY-----"},"cert":null,"operations":0,"restrictions":{}}',
  ];
  const x25519 = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  for (const value of [...bad.map((text) => Buffer.from(text)), stored({ PEM: x25519 })]) {
    assert.throws(
      () => takeApart(value, 'key k'),
      (error) => isProblem(error, 'unreadable') && !/s3cret/.test(`${error.stack}`) && error.cause === undefined,
      value.toString(),
    );
  }
});

test('a key under another path or Domain Key is refused before anything is sent', async () => {
  const entry = { ...sealed(stored(materials[0]?.[2] as Material)), path: '/key/.payments/other' };
  const imported = importSealed(KEY, entry, () => assert.fail('sent'));
  await assert.rejects(imported, (error) => error instanceof Problem && error.kind === 'unreadable');
});

test('base64 from bytes to bytes is what Node makes of it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 0, max: 64 }), (bytes, cut) => {
      const text = Buffer.from(bytes).toString('base64');
      assert.equal(encodeBase64(bytes).toString('latin1'), text);
      const broken = `${text.slice(0, cut)}\\n${text.slice(cut)}`.replaceAll('/', '\\/');
      assert.deepEqual(decodeBase64(Buffer.from(broken)), Buffer.from(bytes));
    }),
  );
  for (const bad of ['A', 'AA', 'AAA', 'AAAAA===', 'AA=A', 'A*==', 'AA\\u0041A']) {
    assert.equal(decodeBase64(Buffer.from(bad)), undefined, bad);
  }
});
