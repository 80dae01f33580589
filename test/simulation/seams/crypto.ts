/** `node:crypto` with the world's chance, and a derivation of keys that costs nothing: what it is worth is not under test. */
import { createHmac } from 'node:crypto';
import { world } from '../world/world.ts';

export * from 'node:crypto';

export const randomBytes = (count: number): Buffer => world().chance.bytes.bytes(count);

export function randomFillSync<T extends NodeJS.ArrayBufferView>(target: T): T {
  const bytes = Buffer.from(target.buffer, target.byteOffset, target.byteLength);
  world().chance.bytes.bytes(bytes.length).copy(bytes);
  return target;
}

/** Has the form of scrypt's, and its one important property: another passphrase or salt gives another key. */
export function scrypt(
  passphrase: string,
  salt: Uint8Array,
  length: number,
  _cost: unknown,
  done: (error: Error | null, key: Buffer) => void,
): void {
  done(null, createHmac('sha256', salt).update(passphrase).digest().subarray(0, length));
}
