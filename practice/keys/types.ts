/** Key types and mechanisms of the device, in its own order (API description; the order of answers is in recordings 04 and 16). */

export const MECHANISMS = [
  'RSA_Decryption_RAW',
  'RSA_Decryption_PKCS1',
  'RSA_Decryption_OAEP_MD5',
  'RSA_Decryption_OAEP_SHA1',
  'RSA_Decryption_OAEP_SHA224',
  'RSA_Decryption_OAEP_SHA256',
  'RSA_Decryption_OAEP_SHA384',
  'RSA_Decryption_OAEP_SHA512',
  'RSA_Signature_PKCS1',
  'RSA_Signature_PSS_MD5',
  'RSA_Signature_PSS_SHA1',
  'RSA_Signature_PSS_SHA224',
  'RSA_Signature_PSS_SHA256',
  'RSA_Signature_PSS_SHA384',
  'RSA_Signature_PSS_SHA512',
  'EdDSA_Signature',
  'ECDSA_Signature',
  'BIP340_Signature',
  'AES_Encryption_CBC',
  'AES_Decryption_CBC',
] as const;
export type Mechanism = (typeof MECHANISMS)[number];

/** A curve as node:crypto and a PKCS#8 file call it. */
export interface Curve {
  name: string;
  /** DER of the object identifier. */
  oid: Buffer;
  /** Bytes of a scalar. */
  size: number;
  /** Bytes of the digest that a signature takes (recording 16: any other size is refused). */
  digest: number;
  order: bigint;
}

const curve = (name: string, oid: string, size: number, digest: number, order: string): Curve => ({
  name,
  oid: Buffer.from(oid, 'hex'),
  size,
  digest,
  order: BigInt(`0x${order}`),
});

export const CURVES = {
  EC_P256: curve(
    'prime256v1',
    '06082a8648ce3d030107',
    32,
    32,
    'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  ),
  EC_P384: curve(
    'secp384r1',
    '06052b81040022',
    48,
    48,
    'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  ),
  EC_P521: curve(
    'secp521r1',
    '06052b81040023',
    66,
    64,
    '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
  ),
  EC_P256K1: curve(
    'secp256k1',
    '06052b8104000a',
    32,
    32,
    'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141',
  ),
  BrainpoolP256: curve(
    'brainpoolP256r1',
    '06092b2403030208010107',
    32,
    32,
    'a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7',
  ),
  BrainpoolP384: curve(
    'brainpoolP384r1',
    '06092b240303020801010b',
    48,
    48,
    '8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565',
  ),
  BrainpoolP512: curve(
    'brainpoolP512r1',
    '06092b240303020801010d',
    64,
    64,
    'aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069',
  ),
} as const;
export type CurveType = keyof typeof CURVES;

export type KeyType = CurveType | 'RSA' | 'Curve25519' | 'Generic';

const rsa = MECHANISMS.filter((name) => name.startsWith('RSA_'));
const ecdsa: Mechanism[] = ['ECDSA_Signature'];

/** What a key of each type may be asked to do. EC_P224 is a known type without any mechanism (recording 16). */
export const MECHANISMS_OF: Record<KeyType | 'EC_P224', readonly Mechanism[]> = {
  RSA: rsa,
  Curve25519: ['EdDSA_Signature'],
  EC_P224: [],
  EC_P256: ecdsa,
  EC_P384: ecdsa,
  EC_P521: ecdsa,
  EC_P256K1: ['ECDSA_Signature', 'BIP340_Signature'],
  BrainpoolP256: ecdsa,
  BrainpoolP384: ecdsa,
  BrainpoolP512: ecdsa,
  Generic: ['AES_Encryption_CBC', 'AES_Decryption_CBC'],
};

export const isCurveType = (type: string): type is CurveType => type in CURVES;
