import { createHash } from 'node:crypto';
import type { KeyFacts, PublicKeyFacts } from '../key-facts.ts';

/** Half a SHA-256: enough to tell values apart that nobody chooses to clash, and millions of them fit. */
const BYTES = 16;

const digest = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest().subarray(0, BYTES);

const publicPart = (key: PublicKeyFacts | undefined): unknown =>
  key === undefined ? null : 'data' in key ? [key.data] : [key.modulus, key.publicExponent];

const sorted = (texts: readonly string[]): string[] => [...texts].sort();

/**
 * Digest of what a key and its copy share: equal exactly where {@link differingFields} finds nothing. The operations
 * counter is not in it, nor the order of tags and mechanisms, nor the content type of a certificate.
 */
export function factsDigest(facts: KeyFacts): Buffer {
  const { type, mechanisms, tags, label, certificate } = facts;
  const parts = [
    type,
    sorted(mechanisms),
    publicPart(facts.public),
    sorted(tags),
    label ?? null,
    certificate === undefined ? null : digest(certificate.data).toString('base64'),
  ];
  return digest(JSON.stringify(parts));
}

/** Digest of the key itself, by type and public part; undefined for a key without one: only its sealed value tells. */
export function materialDigest(facts: KeyFacts): Buffer | undefined {
  return facts.public === undefined ? undefined : digest(JSON.stringify([facts.type, publicPart(facts.public)]));
}

/** Digest of a value as the device stores it: equal means that nothing was written there since. */
export const sealedDigest = (value: Uint8Array): Buffer => digest(value);
