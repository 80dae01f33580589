import { createECDH, createPrivateKey, createPublicKey } from 'node:crypto';
import type { PublicKeyFacts } from '../key-facts.ts';
import { expect, INTEGER, OBJECT_ID, OCTET_STRING, parts, readDer, SEQUENCE } from './der.ts';

/** Elliptic curves by the DER of their object identifier, in hex: NetHSM's name, OpenSSL's, and the bytes of a scalar. */
export const CURVES: Record<string, { type: string; curve: string; bytes: number }> = {
  '2a8648ce3d030107': { type: 'EC_P256', curve: 'prime256v1', bytes: 32 },
  '2b81040022': { type: 'EC_P384', curve: 'secp384r1', bytes: 48 },
  '2b81040023': { type: 'EC_P521', curve: 'secp521r1', bytes: 66 },
  '2b8104000a': { type: 'EC_P256K1', curve: 'secp256k1', bytes: 32 },
  '2b2403030208010107': { type: 'BrainpoolP256', curve: 'brainpoolP256r1', bytes: 32 },
  '2b240303020801010b': { type: 'BrainpoolP384', curve: 'brainpoolP384r1', bytes: 48 },
  '2b240303020801010d': { type: 'BrainpoolP512', curve: 'brainpoolP512r1', bytes: 64 },
};
/** The other algorithms of private keys, by the DER of their object identifiers, in hex. */
export const RSA = '2a864886f70d010101';
export const EC = '2a8648ce3d0201';
export const ED25519 = '2b6570';
const X25519 = '2b656e';

/**
 * Type and public part of a private key in PKCS#8, as the device shows them.
 * Throws an Error without any content of the key when it is none that a NetHSM holds.
 */
export function publicPart(pem: string): { type: string; public: PublicKeyFacts } {
  const der = Buffer.from(pem.replace(/-----[A-Z ]+-----/g, ''), 'base64');
  const [, algorithm, privateKey] = parts(expect(readDer(der, 0), SEQUENCE));
  const [oid, parameters] = parts(expect(algorithm, SEQUENCE));
  const inner = expect(privateKey, OCTET_STRING);
  const name = expect(oid, OBJECT_ID).toString('hex');
  if (name === RSA) return { type: 'RSA', public: rsaPublic(inner) };
  if (name === EC) return ecPublic(expect(parameters, OBJECT_ID).toString('hex'), inner);
  if (name === ED25519 || name === X25519) return { type: 'Curve25519', public: { data: curve25519Public(der) } };
  throw new Error('a kind of key that is not known');
}

function rsaPublic(rsaPrivateKey: Buffer): PublicKeyFacts {
  const [, modulus, exponent] = parts(expect(readDer(rsaPrivateKey, 0), SEQUENCE));
  return { modulus: unsigned(expect(modulus, INTEGER)), publicExponent: unsigned(expect(exponent, INTEGER)) };
}

function ecPublic(curveId: string, ecPrivateKey: Buffer): { type: string; public: PublicKeyFacts } {
  const curve = CURVES[curveId];
  if (curve === undefined) throw new Error('an elliptic curve that is not known');
  const [, scalar] = parts(expect(readDer(ecPrivateKey, 0), SEQUENCE));
  const pair = createECDH(curve.curve);
  pair.setPrivateKey(expect(scalar, OCTET_STRING));
  return { type: curve.type, public: { data: pair.getPublicKey('base64') } };
}

function curve25519Public(pkcs8: Buffer): string {
  const key = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));
  const { x } = key.export({ format: 'jwk' });
  return Buffer.from(x as string, 'base64url').toString('base64');
}

/** A DER integer without the zero in front that keeps it positive. */
const unsigned = (integer: Buffer): string =>
  (integer.length > 1 && integer[0] === 0 ? integer.subarray(1) : integer).toString('base64');
