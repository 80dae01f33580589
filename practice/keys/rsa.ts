/** RSA on digests that are made already, and from primes. */
import {
  checkPrimeSync,
  constants,
  createHash,
  createPrivateKey,
  type KeyObject,
  privateEncrypt,
  randomBytes,
} from 'node:crypto';
import { refuse } from '../answer.ts';
import { inverse, toBig, toBuffer } from '../numbers.ts';

/** The bits of a key's modulus. */
export const modulusBits = (key: KeyObject): number => key.asymmetricKeyDetails?.modulusLength ?? 0;

function mask(hash: string, seed: Buffer, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0, size = 0; size < length; i++) {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(i);
    const part = createHash(hash).update(seed).update(counter).digest();
    parts.push(part);
    size += part.length;
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** Probabilistic padding (PKCS #1, EMSA-PSS) of a digest, with a salt as long as the digest. */
export function signPss(key: KeyObject, hash: string, digest: Buffer): Buffer {
  const salt = randomBytes(digest.length);
  const bitLength = modulusBits(key) - 1;
  const length = Math.ceil(bitLength / 8);
  const inner = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
  const blockLength = length - inner.length - 1;
  if (blockLength < salt.length + 1) refuse(400, 'RSA key too small');
  const block = Buffer.concat([Buffer.alloc(blockLength - salt.length - 1), Buffer.of(1), salt]);
  const masked = mask(hash, inner, blockLength).map((byte, i) => byte ^ (block[i] as number));
  masked[0] = (masked[0] as number) & (0xff >> (8 * length - bitLength));
  const encoded = Buffer.concat([masked, inner, Buffer.of(0xbc)]);
  const padded = Buffer.concat([Buffer.alloc(Math.ceil(modulusBits(key) / 8) - encoded.length), encoded]);
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, padded);
}

/** A private key from its primes and exponent; refuses what is none (recording 06). */
export function rsaFromPrimes(p: Buffer, q: Buffer, e: Buffer): KeyObject {
  const [bigP, bigQ, bigE] = [toBig(p), toBig(q), toBig(e)];
  const isPrime = (value: bigint) => value > 2n && checkPrimeSync(value);
  if (!isPrime(bigP)) refuse(400, 'invalid prime p');
  if (!isPrime(bigQ)) refuse(400, 'invalid prime q');
  const d = inverse(bigE, (bigP - 1n) * (bigQ - 1n));
  if (d === 0n || bigE < 3n) refuse(400, 'invalid exponent e');
  const url = (value: bigint): string => toBuffer(value).toString('base64url');
  const jwk = {
    kty: 'RSA',
    n: url(bigP * bigQ),
    e: url(bigE),
    d: url(d),
    p: url(bigP),
    q: url(bigQ),
    dp: url(d % (bigP - 1n)),
    dq: url(d % (bigQ - 1n)),
    qi: url(inverse(bigQ, bigP)),
  };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}
