import { randomBytes } from 'node:crypto';
import { storeKey } from '../core/backup/sealing.ts';
import { keyFolder } from './keys/stored.ts';
import type { PracticeNode } from './node.ts';
import { domainKeyOf, sealedEntry } from './sealed.ts';
import { createSealer } from './sealer.ts';
import { toBytes } from './stored-json.ts';
import { commit } from './write.ts';

/** What is sealed under a seeded key's path, apart from its seed of 32 bytes (an Ed25519 key, as generated ones are). */
const BEFORE = '{"mechanisms":["EdDSA_Signature"],"priv":{"PEM":"-----BEGIN PRIVATE KEY-----\\n';
const AFTER = '\\n-----END PRIVATE KEY-----\\n"},"cert":null,"operations":0,"restrictions":{}}';
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;
const BATCH = 10_000;

/**
 * Puts Ed25519 keys into a namespace (`''` for root, made when missing) without a request each: `<prefix>0000001` and on.
 * `kv write` rises by one for each, as it would. Lets the device answer in between. An existing key is replaced.
 */
export async function seedKeys(node: PracticeNode, namespace: string, count: number, prefix = 'key-'): Promise<void> {
  const domainKey = domainKeyOf(node);
  const { store } = node.machine;
  const marker = `/namespace/${namespace}`;
  if (namespace !== '' && !store.has(marker)) commit(node, [sealedEntry(domainKey, marker, toBytes(namespace))]);
  const seal = createSealer(storeKey(domainKey, 'key'));
  for (let from = 1; from <= count; from += BATCH) {
    const upTo = Math.min(count, from + BATCH - 1);
    const seeds = randomBytes((upTo - from + 1) * SEED_BYTES);
    for (let i = from; i <= upTo; i++) {
      const path = `${keyFolder(namespace)}${prefix}${String(i).padStart(7, '0')}`;
      const at = (i - from) * SEED_BYTES;
      const pkcs8 = Buffer.concat([PKCS8, seeds.subarray(at, at + SEED_BYTES)]).toString('base64');
      store.set(path, seal(Buffer.from(path), Buffer.from(BEFORE + pkcs8 + AFTER, 'latin1')));
    }
    node.metrics.kvWrite += upTo - from + 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
