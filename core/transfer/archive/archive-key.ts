import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { deriveKey } from '../../backup/sealing.ts';

/** So many keys are kept: an archive is written, verified, copied and verified again. */
const KEPT = 16;
const kept = new Map<string, Promise<KeyObject>>();
/** Kept keys are found by a keyed digest, so that no passphrase stays in memory for it. */
const digestKey = randomBytes(32);

/** The key of an archive, from its passphrase and salt; derived once while it is among the last that were used. */
export function archiveKey(passphrase: string, salt: Uint8Array): Promise<KeyObject> {
  const name = createHmac('sha256', digestKey).update(salt).update(passphrase).digest('hex');
  const key = kept.get(name) ?? deriveKey(passphrase, salt).then(createSecretKey);
  kept.delete(name);
  kept.set(name, key);
  const [oldest] = kept.keys();
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  return key;
}
