import { Problem } from '../problem.ts';
import { decodeBase64, encodeBase64 } from './base64-bytes.ts';
import { type Der, expect, INTEGER, OBJECT_ID, OCTET_STRING, parts, readDer, SEQUENCE } from './der.ts';
import { type Member, membersOf, type Span } from './json-bytes.ts';
import { CURVES, EC, ED25519, RSA } from './public-key.ts';
import { parseStoredKey, type StoredKey } from './stored.ts';

/** A stored key taken apart: what may be known of it, and what may not. */
export interface TakenApart {
  type: string;
  /** All but the private part. */
  rest: Omit<StoredKey, 'private'>;
  /** What the device takes as `private` at an import, as JSON: plaintext, which the caller wipes. */
  privateJson: Buffer;
}

/**
 * Takes the opened value of a key's entry apart for an import, without making a string of its private part: strings
 * can't be wiped. Everything secret that it makes on the way is wiped when it returns; `stored` and what it returns are
 * for the caller to wipe. Throws a Problem `unreadable` for a value that holds no key that a device can import.
 */
export function takeApart(stored: Buffer, place: string): TakenApart {
  try {
    const holder = onlyMember(membersOf(stored), stored, 'priv').value;
    const secret = membersOf(stored, holder.start)?.[0];
    const rest = parseStoredKey(Buffer.concat([...around(stored, holder)]));
    if (secret === undefined || rest === undefined || stored[secret.value.start] !== QUOTE) throw new Error('no key');
    const { private: _, ...facts } = rest;
    const text = stored.subarray(secret.value.start + 1, secret.value.end - 1);
    if (isNamed(stored, secret, 'raw')) return { ...fromRaw(text), rest: facts };
    if (isNamed(stored, secret, 'PEM')) return { ...fromPem(text), rest: facts };
    throw new Error('no private part that is known');
  } catch {
    // Not passed on as the cause: nothing of a key goes into an error.
    throw new Problem({
      kind: 'unreadable',
      place,
      cause: 'it holds no private key of a kind that can be imported',
      remedy: 'Look for a release of this program that knows it, or copy the key sealed',
    });
  }
}

const QUOTE = 0x22;
const NOTHING_PRIVATE = Buffer.from('{"raw":""}');

/** The stored JSON with nothing in place of the private part. */
function* around(stored: Buffer, holder: Span): Generator<Buffer> {
  yield stored.subarray(0, holder.start);
  yield NOTHING_PRIVATE;
  yield stored.subarray(holder.end);
}

const isNamed = (bytes: Buffer, { name }: Member, text: string): boolean =>
  bytes.subarray(name.start, name.end).equals(Buffer.from(text));

function onlyMember(members: Member[] | undefined, bytes: Buffer, name: string): Member {
  const [found, second] = members?.filter((member) => isNamed(bytes, member, name)) ?? [];
  if (found === undefined || second !== undefined) throw new Error(`not one member ${name}`);
  return found;
}

type Private = Pick<TakenApart, 'type' | 'privateJson'>;

function fromRaw(text: Buffer): Private {
  return wiping(decodeBase64(text), (bytes) => ({ type: 'Generic', privateJson: privateJson({ data: bytes }) }));
}

const BEGIN = Buffer.from('-----BEGIN PRIVATE KEY-----');
const END = Buffer.from('-----END PRIVATE KEY-----');

function fromPem(text: Buffer): Private {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('no PKCS#8 in PEM');
  return wiping(decodeBase64(text.subarray(begin + BEGIN.length, end)), fromPkcs8);
}

/** Uses bytes and wipes them, whatever happens. */
function wiping<T>(bytes: Buffer | undefined, use: (bytes: Buffer) => T): T {
  if (bytes === undefined) throw new Error('no base64');
  try {
    return use(bytes);
  } finally {
    bytes.fill(0);
  }
}

function fromPkcs8(pkcs8: Buffer): Private {
  const [, algorithm, privateKey] = parts(expect(readDer(pkcs8, 0), SEQUENCE));
  const [oid, parameters] = parts(expect(algorithm, SEQUENCE));
  const inner = readDer(expect(privateKey, OCTET_STRING), 0);
  switch (expect(oid, OBJECT_ID).toString('hex')) {
    case RSA:
      return { type: 'RSA', privateJson: privateJson(rsaPrimes(inner)) };
    case EC:
      return fromCurve(expect(parameters, OBJECT_ID).toString('hex'), inner);
    case ED25519:
      return { type: 'Curve25519', privateJson: privateJson({ data: expect(inner, OCTET_STRING) }) };
    default:
      throw new Error('a kind of key that is not known');
  }
}

/** PKCS#1: version, modulus, public exponent, private exponent, the two primes, and what follows from them. */
function rsaPrimes(rsaPrivateKey: Der): Record<string, Buffer> {
  const [, , exponent, , p, q] = parts(expect(rsaPrivateKey, SEQUENCE));
  return { primeP: expect(p, INTEGER), primeQ: expect(q, INTEGER), publicExponent: expect(exponent, INTEGER) };
}

function fromCurve(oid: string, ecPrivateKey: Der): Private {
  const curve = CURVES[oid];
  const [, scalar] = parts(expect(ecPrivateKey, SEQUENCE));
  const bytes = expect(scalar, OCTET_STRING);
  if (curve === undefined || bytes.length > curve.bytes) throw new Error('an elliptic curve that is not known');
  // In its full length, zeros in front: a shorter one is no scalar to the device.
  return wiping(Buffer.alloc(curve.bytes), (full) => {
    bytes.copy(full, curve.bytes - bytes.length);
    return { type: curve.type, privateJson: privateJson({ data: full }) };
  });
}

/** `{"name":"base64",…}` in memory of its own. */
function privateJson(secrets: Record<string, Buffer>): Buffer {
  const encoded: Buffer[] = [];
  const pieces: Buffer[] = [];
  for (const [name, bytes] of Object.entries(secrets)) {
    const text = encodeBase64(bytes);
    encoded.push(text);
    pieces.push(Buffer.from(`${pieces.length === 0 ? '{' : '",'}"${name}":"`), text);
  }
  pieces.push(Buffer.from('"}'));
  try {
    return joined(pieces);
  } finally {
    for (const text of encoded) text.fill(0);
  }
}

/** As `Buffer.concat`, which takes its memory from a pool that others use too. */
export function joined(pieces: readonly Buffer[]): Buffer {
  const whole = Buffer.alloc(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) at += piece.copy(whole, at);
  return whole;
}
