import { deriveKey, type SecretKey } from '../core/backup/sealing.ts';

const known = new Map<string, Promise<SecretKey>>();

/** scrypt as the device does it, once per passphrase and salt in this process: a practice device need not spend the second again. */
export function derivedKey(passphrase: string, salt: Uint8Array): Promise<SecretKey> {
  const name = `${Buffer.from(salt).toString('hex')}:${passphrase}`;
  const found = known.get(name);
  if (found !== undefined) return found;
  const made = deriveKey(passphrase, salt);
  known.set(name, made);
  return made;
}
