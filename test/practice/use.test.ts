/** Keys do what their types promise: node:crypto checks with the public half alone. */
import assert from 'node:assert/strict';
import {
  constants,
  createECDH,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  verify,
} from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { PracticeDevice } from '../../practice/index.ts';
import { CURVES } from '../../practice/keys/types.ts';
import { inverse, modulo, toBig, toBuffer } from '../../practice/numbers.ts';
import { APP, ask, KEEPER } from './client.ts';
import { startReady } from './device.ts';

const MESSAGE = Buffer.from('a message');
const digest = (hash: string): Buffer => createHash(hash).update(MESSAGE).digest();

describe('keys', () => {
  let device: PracticeDevice;
  let url: string;

  before(async () => {
    device = await startReady();
    url = device.url;
  });
  after(() => device.close());

  const generate = async (id: string, type: string, mechanisms: string[], length?: number) => {
    const body = { id, type, mechanisms, ...(length === undefined ? {} : { length }) };
    const { status, text } = await ask(url, 'POST', '/keys/generate', KEEPER, body);
    assert.equal(status, 201, text);
  };
  const publicKey = async (id: string) => createPublicKey((await ask(url, 'GET', `/keys/${id}/public.pem`, APP)).text);
  const sign = async (id: string, mode: string, message: Buffer): Promise<Buffer> => {
    const answer = await ask(url, 'POST', `/keys/${id}/sign`, APP, { mode, message: message.toString('base64') });
    assert.equal(answer.status, 200, answer.text);
    return Buffer.from(answer.json().signature, 'base64');
  };
  const decrypt = async (id: string, mode: string, encrypted: Buffer, iv?: Buffer): Promise<Buffer> => {
    const body = { mode, encrypted: encrypted.toString('base64'), ...(iv && { iv: iv.toString('base64') }) };
    return Buffer.from((await ask(url, 'POST', `/keys/${id}/decrypt`, APP, body)).json().decrypted, 'base64');
  };

  for (const [type, hash] of [
    ['EC_P256', 'sha256'],
    ['EC_P384', 'sha384'],
    ['EC_P521', 'sha512'],
    ['EC_P256K1', 'sha256'],
    ['BrainpoolP256', 'sha256'],
    ['BrainpoolP384', 'sha384'],
    ['BrainpoolP512', 'sha512'],
  ] as const) {
    test(`${type} signs digests`, async () => {
      await generate(type, type, ['ECDSA_Signature']);
      const signature = await sign(type, 'ECDSA', digest(hash));
      assert.ok(verify(hash, MESSAGE, await publicKey(type), signature));
    });
  }

  test('Curve25519 signs messages', async () => {
    await generate('ed', 'Curve25519', ['EdDSA_Signature']);
    assert.ok(verify(null, MESSAGE, await publicKey('ed'), await sign('ed', 'EdDSA', MESSAGE)));
  });

  test('EC_P256K1 signs after BIP 340, for points with even and odd y', async () => {
    const { order } = CURVES.EC_P256K1;
    const point = (value: bigint): Buffer => {
      const ecdh = createECDH('secp256k1');
      ecdh.setPrivateKey(toBuffer(modulo(value, order), 32));
      return ecdh.getPublicKey();
    };
    const isEven = (at: Buffer): boolean => ((at[64] as number) & 1) === 0;
    const tag = createHash('sha256').update('BIP0340/challenge').digest();
    const parities = new Set<boolean>();
    for (let i = 1; i <= 6; i++) {
      const scalar = Buffer.alloc(32, i);
      const material = { private: { data: scalar.toString('base64') } };
      const body = { type: 'EC_P256K1', mechanisms: ['BIP340_Signature'], ...material };
      assert.equal((await ask(url, 'PUT', `/keys/bip${i}`, KEEPER, body)).status, 204);
      const signature = await sign(`bip${i}`, 'BIP340', MESSAGE);
      const own = point(toBig(scalar));
      parities.add(isEven(own));
      const d = isEven(own) ? toBig(scalar) : order - toBig(scalar);
      const parts = [tag, tag, signature.subarray(0, 32), own.subarray(1, 33), MESSAGE];
      const e = toBig(createHash('sha256').update(Buffer.concat(parts)).digest());
      const nonce = point(toBig(signature.subarray(32)) - e * d);
      assert.deepEqual([nonce.subarray(1, 33), isEven(nonce)], [signature.subarray(0, 32), true]);
    }
    assert.equal(parities.size, 2);
  });

  test('RSA signs and decrypts in every mode', async () => {
    const hashes = ['SHA1', 'SHA256', 'SHA512'];
    const mechanisms = [
      'RSA_Signature_PKCS1',
      ...hashes.map((hash) => `RSA_Signature_PSS_${hash}`),
      'RSA_Decryption_RAW',
      'RSA_Decryption_PKCS1',
      ...hashes.map((hash) => `RSA_Decryption_OAEP_${hash}`),
    ];
    await generate('rsa', 'RSA', mechanisms, 2048);
    const key = await publicKey('rsa');
    const prefix = Buffer.from('3031300d060960864801650304020105000420', 'hex');
    const pkcs1 = await sign('rsa', 'PKCS1', Buffer.concat([prefix, digest('sha256')]));
    assert.ok(verify('sha256', MESSAGE, key, pkcs1));
    for (const hash of hashes) {
      const signature = await sign('rsa', `PSS_${hash}`, digest(hash));
      const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
      assert.ok(verify(hash, MESSAGE, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature), hash);
      const encrypted = publicEncrypt({ key, oaepHash: hash.toLowerCase() }, MESSAGE);
      assert.deepEqual(await decrypt('rsa', `OAEP_${hash}`, encrypted), MESSAGE);
    }
    const padded = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, MESSAGE);
    assert.deepEqual(await decrypt('rsa', 'PKCS1', padded), MESSAGE);
    const block = Buffer.concat([Buffer.alloc(256 - MESSAGE.length), MESSAGE]);
    const raw = publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
    assert.deepEqual(await decrypt('rsa', 'RAW', raw), block);
  });

  test('Generic keys encrypt and decrypt', async () => {
    await generate('aes', 'Generic', ['AES_Encryption_CBC', 'AES_Decryption_CBC'], 256);
    const message = Buffer.alloc(48, 3);
    const body = { mode: 'AES_CBC', message: message.toString('base64') };
    const { encrypted, iv } = (await ask(url, 'POST', '/keys/aes/encrypt', APP, body)).json();
    const [sealed, nonce] = [encrypted, iv].map((text) => Buffer.from(text, 'base64'));
    assert.deepEqual(await decrypt('aes', 'AES_CBC', sealed as Buffer, nonce), message);
  });

  test('RSA keys come in by their primes, curve keys by their scalar; what does not fit is refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const { p, q, e, n } = privateKey.export({ format: 'jwk' }) as Record<string, string>;
    const base64 = (text: string | undefined): string => Buffer.from(text ?? '', 'base64url').toString('base64');
    const secret = { primeP: base64(p), primeQ: base64(q), publicExponent: base64(e) };
    const put = (id: string, type: string, mechanism: string, body: unknown) =>
      ask(url, 'PUT', `/keys/${id}`, KEEPER, { type, mechanisms: [mechanism], private: body });
    assert.equal((await put('imported', 'RSA', 'RSA_Signature_PKCS1', secret)).status, 204);
    assert.equal((await ask(url, 'GET', '/keys/imported', APP)).json().public.modulus, base64(n));
    const scalar = { data: Buffer.alloc(32, 7).toString('base64') };
    assert.equal((await put('curve', 'EC_P256', 'ECDSA_Signature', scalar)).status, 204);
    const short = { data: Buffer.alloc(31, 7).toString('base64') };
    const tooBig = { data: Buffer.alloc(32, 0xff).toString('base64') };
    for (const body of [short, tooBig, { data: Buffer.alloc(32).toString('base64') }]) {
      assert.equal((await put('bad', 'EC_P256', 'ECDSA_Signature', body)).status, 400);
    }
    assert.equal((await put('bad', 'Curve25519', 'EdDSA_Signature', short)).status, 400);
  });
});

test('the inverse of a number modulo another', () => {
  for (let value = 1n; value < 50n; value++) {
    const found = inverse(value, 51n);
    if (found === 0n) assert.ok([3n, 17n].some((factor) => value % factor === 0n));
    else assert.equal((found * value) % 51n, 1n);
  }
});
