/** A self-signed certificate and signing requests: node:crypto makes none, so the few structures are written out in DER. */
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, der, integer, octets, oid, pem, sequence, set, utf8 } from './der.ts';
import { curveMaterial, type OpenKey, publicKey } from './keys/material.ts';
import { CURVES, isCurveType } from './keys/types.ts';

/** A name as a signing request carries it, in the order given. */
export interface Subject {
  /** Object identifier in hex, and text. */
  attributes: { oid: string; value: string; printable?: boolean }[];
  /** DNS names, or `IP:…`. */
  alternativeNames: string[];
}

const COMMON_NAME = '550403';
const ECDSA_SHA256 = '2a8648ce3d040302';
const ECDSA_SHA384 = '2a8648ce3d040303';
const ECDSA_SHA512 = '2a8648ce3d040304';
const RSA_SHA256 = '2a864886f70d01010b';
const ED25519 = '2b6570';
const EXTENSION_REQUEST = '2a864886f70d01090e';
const SUBJECT_ALTERNATIVE_NAME = '551d11';

const nameOf = (subject: Pick<Subject, 'attributes'>): Buffer =>
  sequence(
    ...subject.attributes.map(({ oid: id, value, printable }) =>
      set(sequence(oid(id), printable === true ? der(0x13, Buffer.from(value)) : utf8(value))),
    ),
  );

function alternativeNames(names: readonly string[]): Buffer {
  const encoded = names.map((name) => {
    if (!name.startsWith('IP:')) return der(0x82, Buffer.from(name));
    return der(0x87, Buffer.from(name.slice(3).split('.').map(Number)));
  });
  return sequence(oid(SUBJECT_ALTERNATIVE_NAME), octets(sequence(...encoded)));
}

function signed(body: Buffer, algorithm: Buffer, hash: string | null, key: KeyObject): Buffer {
  return sequence(body, algorithm, bits(sign(hash, body, key)));
}

const spki = (key: KeyObject): Buffer => createPublicKey(key).export({ type: 'spki', format: 'der' });

/**
 * A certificate for a P-256 key, valid from 1970 to 9999 as the device's own is (recording 17), for the common name and,
 * so that a client that checks names is content, for loopback.
 */
export function selfSigned(key: KeyObject, commonName: string): Buffer {
  const algorithm = sequence(oid(ECDSA_SHA256));
  const name = nameOf({ attributes: [{ oid: COMMON_NAME, value: commonName }] });
  const serial = randomBytes(10);
  serial[0] = ((serial[0] as number) & 0x7f) | 1;
  const validity = sequence(der(0x17, Buffer.from('700101000000Z')), der(0x18, Buffer.from('99991231235959Z')));
  const extensions = der(0xa3, sequence(alternativeNames(['localhost', 'IP:127.0.0.1'])));
  const version = der(0xa0, integer(Buffer.of(2)));
  const body = sequence(version, integer(serial), algorithm, name, validity, name, spki(key), extensions);
  return signed(body, algorithm, 'sha256', key);
}

/** A signing request in PEM for an open key that can sign. */
export function makeRequest(open: OpenKey, subject: Subject): string {
  const key = privateKeyOf(open);
  const { algorithm, hash } = signatureOf(open);
  const names = subject.alternativeNames;
  const attributes =
    names.length === 0
      ? der(0xa0)
      : der(0xa0, sequence(oid(EXTENSION_REQUEST), set(sequence(alternativeNames(names)))));
  const spkiBytes = publicKey(open)?.export({ type: 'spki', format: 'der' }) as Buffer;
  const body = sequence(integer(Buffer.of(0)), nameOf(subject), spkiBytes, attributes);
  return pem('CERTIFICATE REQUEST', signed(body, algorithm, hash, key));
}

function privateKeyOf(open: OpenKey): KeyObject {
  if (!isCurveType(open.type)) return open.key as KeyObject;
  const material = curveMaterial(CURVES[open.type], open.scalar as Buffer);
  return createPrivateKey('PEM' in material ? material.PEM : '');
}

function signatureOf(open: OpenKey): { algorithm: Buffer; hash: string | null } {
  if (open.type === 'RSA') return { algorithm: sequence(oid(RSA_SHA256), der(0x05)), hash: 'sha256' };
  if (!isCurveType(open.type)) return { algorithm: sequence(oid(ED25519)), hash: null };
  const { digest } = CURVES[open.type];
  if (digest === 48) return { algorithm: sequence(oid(ECDSA_SHA384)), hash: 'sha384' };
  if (digest === 64) return { algorithm: sequence(oid(ECDSA_SHA512)), hash: 'sha512' };
  return { algorithm: sequence(oid(ECDSA_SHA256)), hash: 'sha256' };
}
