/** Using keys: sign, decrypt and encrypt, with the refusals of recordings 08 and 16. */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  type KeyObject,
  privateDecrypt,
  privateEncrypt,
  sign,
} from 'node:crypto';
import { refuse } from '../answer.ts';
import { toBig } from '../numbers.ts';
import { signBip340, signDigest } from './curve-signing.ts';
import type { OpenKey } from './material.ts';
import { modulusBits, signPss } from './rsa.ts';
import { CURVES, type CurveType, type Mechanism } from './types.ts';

const HASH_BYTES: Record<string, number> = { MD5: 16, SHA1: 20, SHA224: 28, SHA256: 32, SHA384: 48, SHA512: 64 };

/** The mechanism behind a mode of `sign`, if there is one. */
export function signMechanism(mode: string): string {
  return mode.startsWith('PKCS1') || mode.startsWith('PSS') ? `RSA_Signature_${mode}` : `${mode}_Signature`;
}

export const decryptMechanism = (mode: string): string =>
  mode === 'AES_CBC' ? 'AES_Decryption_CBC' : `RSA_Decryption_${mode}`;

/** Refuses a mode whose mechanism the key does not have. */
export function checkMechanism(mechanisms: readonly Mechanism[], wanted: string, what: string): void {
  if (!mechanisms.includes(wanted as Mechanism)) refuse(400, `Key mechanisms do not allow requested ${what}.`);
}

const expectSize = (message: Buffer, size: number): void => {
  if (message.length !== size) refuse(400, 'digested data of invalid size');
};

/** Signs a message, or a digest, as the mode says. */
export function signMessage(open: OpenKey, mode: string, message: Buffer): Buffer {
  if (mode === 'EdDSA') return sign(null, message, open.key as KeyObject);
  if (mode === 'BIP340') return signBip340(open.scalar as Buffer, message);
  if (mode === 'ECDSA') {
    const curve = CURVES[open.type as CurveType];
    expectSize(message, curve.digest);
    return signDigest(curve, open.scalar as Buffer, message);
  }
  const key = open.key as KeyObject;
  if (mode === 'PKCS1') {
    if (message.length > modulusBits(key) / 8 - 11) refuse(400, 'message too long');
    return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, message);
  }
  const hash = mode.slice('PSS_'.length);
  expectSize(message, HASH_BYTES[hash] ?? 0);
  return signPss(key, hash.toLowerCase(), message);
}

/** Decrypts; a message of nothing to raw RSA breaks the server itself (recording 16). */
export function decryptMessage(open: OpenKey, mode: string, message: Buffer, iv: Buffer | undefined): Buffer {
  if (mode === 'AES_CBC') return aes(open.raw as Buffer, message, iv, 'decrypt');
  const key = open.key as KeyObject;
  if (mode === 'RAW' && toBig(message) === 0n)
    throw new ServerBug('Invalid_argument("Mirage_crypto: Rsa: message: 0")');
  try {
    return privateDecrypt({ key, ...padding(mode) }, Buffer.concat([Buffer.alloc(missing(key, message)), message]));
  } catch {
    return refuse(400, 'Decryption failure');
  }
}

/** An exception that escapes the real server: status 503 and its text. */
export class ServerBug extends Error {
  override toString(): string {
    return this.message;
  }
}

const missing = (key: KeyObject, message: Buffer): number => Math.max(0, modulusBits(key) / 8 - message.length);

function padding(mode: string) {
  if (mode === 'RAW') return { padding: constants.RSA_NO_PADDING };
  if (mode === 'PKCS1') return { padding: constants.RSA_PKCS1_PADDING };
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: mode.slice('OAEP_'.length).toLowerCase() };
}

/** AES-CBC without padding, the key as long as it is. */
export function aes(key: Buffer, message: Buffer, iv: Buffer | undefined, direction: 'encrypt' | 'decrypt'): Buffer {
  const what = direction === 'encrypt' ? 'Encryption' : 'Decryption';
  if (message.length % 16 !== 0) {
    refuse(400, `${what} failed: Mirage_crypto: CBC: argument length ${message.length} not of block size`);
  }
  if (iv === undefined || iv.length !== 16) return refuse(400, `${what} failed: Mirage_crypto: CBC: invalid IV`);
  if (![16, 24, 32].includes(key.length)) refuse(400, `${what} failed: Mirage_crypto: AES: invalid key length`);
  const make = direction === 'encrypt' ? createCipheriv : createDecipheriv;
  const cipher = make(`aes-${key.length * 8}-cbc`, key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(message), cipher.final()]);
}
