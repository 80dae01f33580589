import { createECDH, createPrivateKey, createPublicKey } from 'node:crypto';
import type { PublicKeyFacts } from '../key-facts.ts';

/** Elliptic curves by the DER of their object identifier, in hex: NetHSM's name and OpenSSL's. */
const CURVES: Record<string, { type: string; curve: string }> = {
  '2a8648ce3d030107': { type: 'EC_P256', curve: 'prime256v1' },
  '2b81040022': { type: 'EC_P384', curve: 'secp384r1' },
  '2b81040023': { type: 'EC_P521', curve: 'secp521r1' },
  '2b8104000a': { type: 'EC_P256K1', curve: 'secp256k1' },
  '2b2403030208010107': { type: 'BrainpoolP256', curve: 'brainpoolP256r1' },
  '2b240303020801010b': { type: 'BrainpoolP384', curve: 'brainpoolP384r1' },
  '2b240303020801010d': { type: 'BrainpoolP512', curve: 'brainpoolP512r1' },
};
const RSA = '2a864886f70d010101';
const EC = '2a8648ce3d0201';
const ED25519 = '2b6570';
const X25519 = '2b656e';

/** ASN.1 tags that occur in PKCS#8. */
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const SEQUENCE = 0x30;

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

interface Der {
  tag: number;
  content: Buffer;
  end: number;
}

function readDer(bytes: Buffer, at: number): Der {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new Error('a private key that ends too early');
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + lengthBytes;
  if (lengthBytes > 4 || start > bytes.length) throw new Error('a private key that is no DER');
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  const end = start + length;
  if (end > bytes.length) throw new Error('a private key that ends too early');
  return { tag, content: bytes.subarray(start, end), end };
}

function parts(sequence: Buffer): Der[] {
  const found: Der[] = [];
  for (let at = 0; at < sequence.length; ) {
    const part = readDer(sequence, at);
    found.push(part);
    at = part.end;
  }
  return found;
}

function expect(part: Der | undefined, tag: number): Buffer {
  if (part?.tag !== tag) throw new Error('a private key that is no PKCS#8');
  return part.content;
}
