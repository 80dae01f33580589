/**
 * Keys and users as the device stores them: JSON, with raw bytes (certificate, salt, digest) as the characters of a
 * string, so the text is neither UTF-8 nor anything else as a whole. It is read byte for byte, and what is text in it
 * is decoded afterwards.
 */
import * as z from 'zod';
import type { KeyFacts } from '../key-facts.ts';
import { Problem } from '../problem.ts';
import { publicPart } from './public-key.ts';

/** A key as stored, private part included: never logged, never in an error. */
export interface StoredKey {
  mechanisms: string[];
  private: { pem: string } | { raw: Buffer };
  certificate?: { contentType: string; data: Buffer };
  operations: number;
  tags: string[];
  label?: string;
}

/** A user as stored. `digest` is HMAC-SHA256 of the passphrase under `salt`. */
export interface StoredUser {
  realName: string;
  salt: Buffer;
  digest: Buffer;
  role: string;
  tags: string[];
}

const KeyJson = z.object({
  mechanisms: z.array(z.string()),
  priv: z.union([z.object({ PEM: z.string() }), z.object({ raw: z.string() })]),
  cert: z.tuple([z.string(), z.string()]).nullish(),
  operations: z.int().nonnegative(),
  restrictions: z.object({ tags: z.array(z.string()).optional() }),
  label: z.string().nullish(),
});

const UserJson = z.object({
  name: z.string(),
  salt: z.string(),
  digest: z.string(),
  role: z.string(),
  tags: z.array(z.string()),
});

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
const textOf = (text: string): string => bytesOf(text).toString('utf8');
const asBytes = (data: Buffer): string => data.toString('latin1');
const asText = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function parse<T>(schema: z.ZodType<T>, stored: Buffer): T | undefined {
  try {
    return schema.safeParse(JSON.parse(asBytes(stored))).data;
  } catch {
    return undefined;
  }
}

/** The device escapes DEL, JavaScript does not. */
const print = (json: object): Buffer => bytesOf(JSON.stringify(json).replaceAll('\x7f', '\\u007f'));

/** Reads the opened value of a key's entry; undefined when it is no such thing. */
export function parseStoredKey(stored: Buffer): StoredKey | undefined {
  const json = parse(KeyJson, stored);
  if (json === undefined) return undefined;
  const { cert, label, operations, priv } = json;
  const key: StoredKey = {
    mechanisms: json.mechanisms,
    private: 'PEM' in priv ? { pem: priv.PEM } : { raw: Buffer.from(priv.raw, 'base64') },
    operations,
    tags: (json.restrictions.tags ?? []).map(textOf),
  };
  if (cert) key.certificate = { contentType: textOf(cert[0]), data: bytesOf(cert[1]) };
  if (typeof label === 'string') key.label = textOf(label);
  return key;
}

/** Writes a key as the device does (5.0; without a label also as 3.1 and 4.0 do). */
export function encodeStoredKey(key: StoredKey): Buffer {
  return print({
    mechanisms: key.mechanisms,
    priv: 'pem' in key.private ? { PEM: key.private.pem } : { raw: key.private.raw.toString('base64') },
    cert: key.certificate ? [asText(key.certificate.contentType), asBytes(key.certificate.data)] : null,
    operations: key.operations,
    restrictions: key.tags.length > 0 ? { tags: key.tags.map(asText) } : {},
    ...(key.label === undefined ? {} : { label: asText(key.label) }),
  });
}

/** Reads the opened value of a user's entry; undefined when it is no such thing. */
export function parseStoredUser(stored: Buffer): StoredUser | undefined {
  const json = parse(UserJson, stored);
  if (json === undefined) return undefined;
  return {
    realName: textOf(json.name),
    salt: bytesOf(json.salt),
    digest: bytesOf(json.digest),
    role: json.role,
    tags: json.tags.map(textOf),
  };
}

/** Writes a user as the device does. */
export function encodeStoredUser(user: StoredUser): Buffer {
  return print({
    name: asText(user.realName),
    salt: asBytes(user.salt),
    digest: asBytes(user.digest),
    role: user.role,
    tags: user.tags.map(asText),
  });
}

/**
 * What of a stored key may be known: the facts that the device itself shows.
 * Throws `unreadable` when the private key is none that a NetHSM holds.
 */
export function publicFacts(key: StoredKey, place = 'a stored key'): KeyFacts {
  const kind = 'pem' in key.private ? knownPublicPart(key.private.pem, place) : { type: 'Generic' };
  const facts: KeyFacts = { ...kind, mechanisms: key.mechanisms, tags: key.tags, operations: key.operations };
  if (key.label !== undefined) facts.label = key.label;
  if (key.certificate !== undefined) facts.certificate = key.certificate;
  return facts;
}

function knownPublicPart(pem: string, place: string): ReturnType<typeof publicPart> {
  try {
    return publicPart(pem);
  } catch {
    // Not passed on as the cause: OpenSSL's message may tell of the key.
    throw new Problem({
      kind: 'unreadable',
      place,
      cause: 'its private key is of a kind that is not known, or none at all',
      remedy: 'Look for a release of this program that knows it',
    });
  }
}
