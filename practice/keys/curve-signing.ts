/**
 * Signatures over digests that are made already: node:crypto only hashes and signs in one, so the two formulas stand here;
 * the multiplication of points is node:crypto's.
 */
import { createHash, randomBytes } from 'node:crypto';
import { integer, sequence } from '../der.ts';
import { inverse, modulo, toBig, toBuffer } from '../numbers.ts';
import { pointOf } from './material.ts';
import { CURVES, type Curve } from './types.ts';

/** A random scalar of a curve, 1 to order - 1. */
export function randomScalar(curve: Curve): Buffer {
  const spread = toBig(randomBytes(curve.size + 16));
  return toBuffer(modulo(spread, curve.order - 1n) + 1n, curve.size);
}

const xOf = (curve: Curve, point: Buffer): bigint => toBig(point.subarray(1, 1 + curve.size));

/** ECDSA of a digest, as DER of two integers. */
export function signDigest(curve: Curve, scalar: Buffer, digest: Buffer): Buffer {
  for (;;) {
    const nonce = randomScalar(curve);
    const r = modulo(xOf(curve, pointOf(curve, nonce)), curve.order);
    const s = modulo(inverse(toBig(nonce), curve.order) * (toBig(digest) + r * toBig(scalar)), curve.order);
    if (r !== 0n && s !== 0n) return sequence(integer(toBuffer(r)), integer(toBuffer(s)));
  }
}

function tagged(tag: string, ...parts: Uint8Array[]): Buffer {
  const name = createHash('sha256').update(tag).digest();
  return parts.reduce((hash, part) => hash.update(part), createHash('sha256').update(name).update(name)).digest();
}

/** A Schnorr signature over a message, after BIP 340. */
export function signBip340(scalar: Buffer, message: Buffer): Buffer {
  const curve = CURVES.EC_P256K1;
  const evenScalar = (point: Buffer, value: bigint): bigint =>
    ((point[64] as number) & 1) === 0 ? value : curve.order - value;
  const point = pointOf(curve, scalar);
  const d = evenScalar(point, toBig(scalar));
  const px = point.subarray(1, 33);
  const mask = tagged('BIP0340/aux', randomBytes(32));
  const masked = toBuffer(d ^ toBig(mask), 32);
  const nonce = modulo(toBig(tagged('BIP0340/nonce', masked, px, message)), curve.order);
  const noncePoint = pointOf(curve, toBuffer(nonce, 32));
  const k = evenScalar(noncePoint, nonce);
  const rx = noncePoint.subarray(1, 33);
  const e = modulo(toBig(tagged('BIP0340/challenge', rx, px, message)), curve.order);
  return Buffer.concat([rx, toBuffer(modulo(k + e * d, curve.order), 32)]);
}
