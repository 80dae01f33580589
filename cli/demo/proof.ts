import { createHash, createPublicKey, type JsonWebKey, randomBytes, verify } from 'node:crypto';
import { readDeviceBackup } from '../../core/backup/device-backup.ts';
import { getKey, sign } from '../../core/device/keys.ts';
import type { Credential } from '../../core/device/node.ts';
import type { Session } from '../../core/device/session.ts';
import type { KeyFacts } from '../../core/key-facts.ts';

/** The public half of a P-256 key, from the uncompressed point that the device gives. */
function publicKeyOf(facts: Pick<KeyFacts, 'public'>) {
  const point = Buffer.from(facts.public !== undefined && 'data' in facts.public ? facts.public.data : '', 'base64');
  const coordinate = (from: number): string => point.subarray(from, from + 32).toString('base64url');
  const key: JsonWebKey = { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(33) };
  return createPublicKey({ key, format: 'jwk' });
}

/** Signs on one device as the application would, and verifies with the public key that the other device tells. */
export async function signAndVerify(
  key: string,
  signer: { session: Session; user: Credential },
  teller: { session: Session; user: Credential },
): Promise<{ signature: Buffer; valid: boolean }> {
  const message = randomBytes(200);
  const digest = createHash('sha256').update(message).digest();
  const signature = await sign(signer.session.node, signer.user, key, { mode: 'ECDSA', message: digest });
  const { facts } = await getKey(teller.session.node, teller.user, key);
  return { signature, valid: verify('sha256', message, { key: publicKeyOf(facts), dsaEncoding: 'der' }, signature) };
}

/**
 * Digests of all sealed entries of a device, by path. A NetHSM seals a value afresh at each write, so an entry of equal
 * bytes was not written.
 */
export async function sealedSnapshot(session: Session): Promise<Map<string, string>> {
  const entries = new Map<string, string>();
  await readDeviceBackup(session, (entry, path) => {
    if (path.kind !== 'key' && path.kind !== 'user' && path.kind !== 'namespace' && path.kind !== 'version') return;
    entries.set(entry.path, createHash('sha256').update(entry.value).digest('hex'));
  });
  return entries;
}

/** How two snapshots of one device compare. */
export function compareSnapshots(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) {
  const kept = [...before].filter(([path, digest]) => after.get(path) === digest).length;
  return { kept, before: before.size, added: [...after.keys()].filter((path) => !before.has(path)) };
}
