/**
 * The cryptography of a NetHSM's store and backup files, as measured on the vendor's samples:
 * AES-256-GCM, a value is nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes), with a text as additional data.
 */
import { createCipheriv, createDecipheriv, createHash, type KeyObject, randomBytes, scrypt } from 'node:crypto';

/** Bytes of the nonce in front of a sealed value. */
export const NONCE_BYTES = 12;
/** Bytes of the tag behind a sealed value. */
export const TAG_BYTES = 16;

/** A 32-byte AES key. Never logged, never in an error. */
export type SecretKey = Buffer;

/** A key to seal with. Made a KeyObject once, it is about four times as fast where many values are sealed or opened. */
export type CipherKey = SecretKey | KeyObject;

/**
 * scrypt as the device uses it for unlock and backup passphrases: N=16384, r=8, p=16, 32 bytes.
 * Takes about half a second of one core and 16 MB; runs in the thread pool.
 */
export function deriveKey(passphrase: string, salt: Uint8Array): Promise<SecretKey> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, 32, { N: 16384, r: 8, p: 16, maxmem: 64 * 1024 * 1024 }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** Random bytes for the next nonces: asking for twelve at a time costs more than the sealing. */
let nonces = Buffer.alloc(0);

function nextNonce(): Buffer {
  if (nonces.length < NONCE_BYTES) nonces = randomBytes(NONCE_BYTES * 1024);
  const nonce = nonces.subarray(0, NONCE_BYTES);
  nonces = nonces.subarray(NONCE_BYTES);
  return nonce;
}

/** Seals a plaintext under a key; the nonce is random unless a test names one. */
export function seal(
  key: CipherKey,
  plaintext: Uint8Array,
  additionalData: string,
  nonce: Uint8Array = nextNonce(),
): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(additionalData));
  const body = cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

/** Opens a sealed value; undefined when it is too short or its tag does not match key and additional data. */
export function unseal(key: CipherKey, sealed: Uint8Array, additionalData: string): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(additionalData));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const body = decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return body;
}

/** The sealed stores by their first path part, with the name that goes into their key. */
const STORE_KEY_NAMES = {
  key: 'key_store',
  authentication: 'auth_store',
  namespace: 'namespace_store',
  config: 'config_store',
} as const;

/** The key of one store: SHA-256(Domain Key ‖ store name). */
export const storeKey = (domainKey: SecretKey, store: keyof typeof STORE_KEY_NAMES): SecretKey =>
  createHash('sha256').update(domainKey).update(STORE_KEY_NAMES[store]).digest();

/** Additional data of the locked Domain Key under the unlock key. */
export const LOCKED_DOMAIN_KEY_DATA = 'passphrase';
