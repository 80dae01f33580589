import { createCipheriv, createSecretKey, randomFillSync } from 'node:crypto';
import { NONCE_BYTES, type SecretKey, TAG_BYTES } from '../core/backup/sealing.ts';

/** Seals many values under one key: the key is prepared once, and random nonces are drawn many at a time. */
export type Sealer = (additionalData: Buffer, ...parts: Uint8Array[]) => Buffer;

const NONCES = 4096;

/** A sealer for a key; its values are those of `seal`. */
export function createSealer(secret: SecretKey): Sealer {
  const key = createSecretKey(secret);
  const nonces = Buffer.alloc(NONCES * NONCE_BYTES);
  let at = nonces.length;
  return (additionalData, ...parts) => {
    if (at === nonces.length) {
      randomFillSync(nonces);
      at = 0;
    }
    const nonce = nonces.subarray(at, at + NONCE_BYTES);
    at += NONCE_BYTES;
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(additionalData);
    const sealed = [nonce, ...parts.map((part) => cipher.update(part))];
    cipher.final();
    return Buffer.concat([...sealed, cipher.getAuthTag()]);
  };
}
