/** `node:crypto` with the world's chance, and with what costs time made cheap: what it is worth is not under test. */
import * as real from 'node:crypto';
import { world } from '../world/world.ts';
import { remembered } from './cipher.ts';

export * from 'node:crypto';
export { createCipheriv, createDecipheriv } from './cipher.ts';

export function createHmac(name: string, key: Buffer) {
  let message = '';
  const hmac = {
    update(data: string | Buffer) {
      message += typeof data === 'string' ? data : data.toString('latin1');
      return hmac;
    },
    digest(form?: 'hex') {
      const bytes = remembered(`${key.toString('latin1')}\n${message}`, () =>
        real.createHmac(name, key).update(message).digest(),
      );
      return form === undefined ? Buffer.from(bytes) : bytes.toString(form);
    },
  };
  return hmac;
}

/**
 * Nonces are drawn many at a time and kept over from story to story; nothing hangs on their values, so they come from
 * elsewhere and do not shift what the story draws.
 */
const MANY = 1024;

export const randomBytes = (count: number): Buffer =>
  count > MANY ? real.randomBytes(count) : world().chance.bytes.bytes(count);

/** Has the form of scrypt's, and its one important property: another passphrase or salt gives another key. */
export function scrypt(
  passphrase: string,
  salt: Uint8Array,
  length: number,
  _cost: unknown,
  done: (error: Error | null, key: Buffer) => void,
): void {
  done(null, real.createHmac('sha256', salt).update(passphrase).digest().subarray(0, length));
}
