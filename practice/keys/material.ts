/** Private keys as the device stores them: PKCS#8 without the public part, or raw bytes (seen in real backups). */
import { createECDH, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { der, integer, octets, oid, pem, sequence } from '../der.ts';
import { CURVES, type Curve, type CurveType, isCurveType, type KeyType } from './types.ts';

/** The `priv` of a stored key. */
export type Material = { PEM: string } | { raw: string };

/** The public half as `GET /keys/<id>` shows it; none for Generic keys. */
export type PublicPart = { data: string } | { modulus: string; publicExponent: string } | undefined;

const EC_PUBLIC_KEY = '2a8648ce3d0201';
const ED25519 = '2b6570';
const VERSION_0 = integer(Buffer.of(0));
const PRIVATE = 'PRIVATE KEY';

/** An elliptic-curve key from its scalar. */
export const curveMaterial = (curve: Curve, scalar: Buffer): Material => ({
  PEM: pem(
    PRIVATE,
    sequence(
      VERSION_0,
      sequence(oid(EC_PUBLIC_KEY), curve.oid),
      octets(sequence(integer(Buffer.of(1)), octets(scalar))),
    ),
  ),
});

/** An Ed25519 key from its seed of 32 bytes. */
export const edMaterial = (seed: Uint8Array): Material => ({
  PEM: pem(PRIVATE, sequence(VERSION_0, sequence(oid(ED25519)), octets(octets(seed)))),
});

export const rsaMaterial = (key: KeyObject): Material => ({
  PEM: key.export({ type: 'pkcs8', format: 'pem' }) as string,
});

export const rawMaterial = (bytes: Buffer): Material => ({ raw: bytes.toString('base64') });

/** What a stored key is, from its own bytes. */
export interface OpenKey {
  type: KeyType;
  /** For RSA and Ed25519. */
  key: KeyObject | undefined;
  /** For the curves: the scalar. */
  scalar: Buffer | undefined;
  /** For Generic. */
  raw: Buffer | undefined;
}

function curveOf(pkcs8: Buffer): { type: CurveType; scalar: Buffer } | undefined {
  for (const [type, { oid: name, size }] of Object.entries(CURVES)) {
    const algorithm = sequence(oid(EC_PUBLIC_KEY), name);
    const at = pkcs8.indexOf(algorithm);
    if (at < 0) continue;
    const start = pkcs8.indexOf(der(0x02, Buffer.of(1)), at + algorithm.length);
    // After `INTEGER 1` comes the scalar as an octet string: one byte of tag, one of length.
    return { type: type as CurveType, scalar: pkcs8.subarray(start + 5, start + 5 + size) };
  }
  return undefined;
}

/** Reads stored material. */
export function openMaterial(material: Material): OpenKey {
  if ('raw' in material) {
    return { type: 'Generic', key: undefined, scalar: undefined, raw: Buffer.from(material.raw, 'base64') };
  }
  const body = Buffer.from(material.PEM.replaceAll(/-----[^-]*-----|\s/g, ''), 'base64');
  const onCurve = curveOf(body);
  if (onCurve !== undefined) return { ...onCurve, key: undefined, raw: undefined };
  const key = createPrivateKey(material.PEM);
  return { type: key.asymmetricKeyType === 'rsa' ? 'RSA' : 'Curve25519', key, scalar: undefined, raw: undefined };
}

/** The uncompressed point of a scalar. */
export function pointOf(curve: Curve, scalar: Uint8Array): Buffer {
  const ecdh = createECDH(curve.name);
  ecdh.setPrivateKey(scalar);
  return ecdh.getPublicKey();
}

const unurl = (text: string | undefined): string => Buffer.from(text ?? '', 'base64url').toString('base64');

/** The public half of an open key. */
export function publicPart(open: OpenKey): PublicPart {
  if (isCurveType(open.type)) {
    return { data: pointOf(CURVES[open.type], open.scalar as Buffer).toString('base64') };
  }
  if (open.key === undefined) return undefined;
  const { n, e, x } = createPublicKey(open.key).export({ format: 'jwk' });
  return open.type === 'RSA' ? { modulus: unurl(n), publicExponent: unurl(e) } : { data: unurl(x) };
}

/** The public key for node:crypto; undefined for Generic keys. */
export function publicKey(open: OpenKey): KeyObject | undefined {
  if (!isCurveType(open.type)) return open.key === undefined ? undefined : createPublicKey(open.key);
  return createPublicKey({ key: spki(CURVES[open.type], open.scalar as Buffer), format: 'der', type: 'spki' });
}

const spki = (curve: Curve, scalar: Buffer): Buffer =>
  sequence(sequence(oid(EC_PUBLIC_KEY), curve.oid), der(0x03, Buffer.of(0), pointOf(curve, scalar)));
