import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeStoredKey, encodeStoredUser, parseStoredKey, parseStoredUser } from '../../core/backup/stored.ts';
import fc from '../support/laws.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array));
const plain = { noNullPrototype: true };

test('a key is read as it was written, whatever bytes its certificate and label have', () => {
  const key = fc.record(
    {
      mechanisms: fc.array(fc.constantFrom('ECDSA_Signature', 'RSA_Signature_PKCS1')),
      private: fc.oneof(fc.record({ pem: fc.string() }, plain), fc.record({ raw: bytes }, plain)),
      certificate: fc.record({ contentType: text, data: bytes }, plain),
      operations: fc.nat(),
      tags: fc.array(text),
      label: text,
    },
    { ...plain, requiredKeys: ['mechanisms', 'private', 'operations', 'tags'] },
  );
  fc.assert(fc.property(key, (stored) => assert.deepEqual(parseStoredKey(encodeStoredKey(stored)), stored)));
});

test('a user is read as it was written', () => {
  const user = fc.record(
    { realName: text, salt: bytes, digest: bytes, role: text.map(() => 'Operator'), tags: fc.array(text) },
    plain,
  );
  fc.assert(fc.property(user, (stored) => assert.deepEqual(parseStoredUser(encodeStoredUser(stored)), stored)));
});

test('text is UTF-8, raw bytes are bytes, as devices write them', () => {
  const stored = encodeStoredKey({
    mechanisms: ['ECDSA_Signature'],
    private: { raw: Buffer.from('a') },
    certificate: { contentType: 'application/octet-stream', data: Buffer.from([0x00, 0x22, 0xff]) },
    operations: 1,
    tags: [],
    label: 'Lå',
  });
  const expected =
    '{"mechanisms":["ECDSA_Signature"],"priv":{"raw":"YQ=="},"cert":["application/octet-stream","\\u0000\\"\xff"],' +
    '"operations":1,"restrictions":{},"label":"L\xc3\xa5"}';
  assert.equal(stored.toString('latin1'), expected);
});
