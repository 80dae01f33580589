import type { PracticeDevice } from '../../practice/index.ts';
import { generateMaterial } from '../../practice/keys/generate.ts';
import { keyEntry, keyFolder } from '../../practice/keys/stored.ts';
import { commit } from '../../practice/write.ts';

const AT_ONCE = 1000;

/**
 * Puts many keys into a practice device from the inside: all of one private key, which no real device would make,
 * because a million different ones would take minutes. Ids are `key-0000001` and so on.
 */
export async function fillWithKeys(device: PracticeDevice, namespace: string, count: number): Promise<void> {
  const material = await generateMaterial('EC_P256', 0);
  const key = {
    mechanisms: ['ECDSA_Signature' as const],
    material,
    certificate: undefined,
    operations: 0,
    tags: [],
    label: undefined,
  };
  for (let from = 1; from <= count; from += AT_ONCE) {
    const ids = Array.from({ length: Math.min(AT_ONCE, count - from + 1) }, (_, i) => from + i);
    commit(
      device.node,
      ids.map((n) => keyEntry(device.node, `${keyFolder(namespace)}key-${String(n).padStart(7, '0')}`, key)),
    );
    // Let requests and signals through.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
