import * as z from 'zod';
import type { KeyFacts } from '../key-facts.ts';
import { isProblem, Problem } from '../problem.ts';
import { readBytes, readJson, readNothing, unexpected } from './answer.ts';
import { readListed, readListing } from './id-listing.ts';
import type { Call, CallOptions, Credential, DeviceNode } from './node.ts';

/** What a device tells of a key without its certificate, which is read by itself. */
export type KeyFactsOnDevice = Omit<KeyFacts, 'certificate'>;

const NAME = z.string().max(64);
const KEY = z.object({
  type: NAME,
  mechanisms: z.array(NAME).max(64),
  public: z
    .union([
      z.object({ data: z.string().max(4096) }),
      z.object({ modulus: z.string().max(4096), publicExponent: z.string().max(4096) }),
    ])
    .optional(),
  restrictions: z.object({ tags: z.array(z.string().max(1024)).max(4096).optional() }).optional(),
  label: z.string().max(256).optional(),
  operations: z.int().nonnegative(),
});
const CREATED = z.object({ id: z.string().max(200) });
const SIGNED = z.object({ signature: z.base64().max(8192) });

/** A key as it is made or imported. */
export interface NewKey {
  type: string;
  mechanisms: string[];
  label?: string | undefined;
  /** Only users with one of these tags may use it. */
  tags?: string[] | undefined;
}

/** The private part of an imported key, base64. */
export type PrivateKey = { data: string } | { primeP: string; primeQ: string; publicExponent: string };

export interface MatchOptions extends CallOptions {
  /** The ETag that it must still have; else `precondition`. */
  ifMatch?: string | undefined;
}

/** The ids of the namespace's keys as the device writes them, in its order: all, or those that start with a prefix. */
export function listKeys(
  node: DeviceNode,
  credential: Credential,
  options: CallOptions & { prefix?: string } = {},
): Promise<string[]> {
  const { prefix, signal } = options;
  return prefix === undefined
    ? node.request({ endpoint: 'listKeys', credential, signal }, (answer) => readListing(answer, 'id'))
    : node.request({ endpoint: 'listKeysByPrefix', params: { prefix }, credential, signal }, (answer) =>
        readListing(answer, 'id'),
      );
}

/** As {@link listKeys}, with each id given to a gathering as it arrives; one is begun anew each time the question is repeated. */
export function gatherKeys<T>(
  node: DeviceNode,
  credential: Credential,
  begin: () => { add(id: string): void; end(): T },
  options: CallOptions = {},
): Promise<T> {
  return node.request({ endpoint: 'listKeys', credential, ...options }, async (answer) => {
    const gathering = begin();
    await readListed(answer, 'id', gathering.add);
    return gathering.end();
  });
}

/** One key's public facts and ETag; throws `not-found`, and `unexpected` for one that the device can't open. */
export function getKey(
  node: DeviceNode,
  credential: Credential,
  key: string,
  options: CallOptions = {},
): Promise<{ facts: KeyFactsOnDevice; etag: string }> {
  return node.request({ endpoint: 'getKey', params: { key }, credential, ...options }, async (answer) => {
    const found = await readJson(answer, KEY);
    if (answer.etag === undefined) throw unexpected(answer.place, `it gave no ETag with key ${key}`);
    const facts: KeyFactsOnDevice = {
      type: found.type,
      mechanisms: found.mechanisms,
      ...(found.public && { public: found.public }),
      tags: found.restrictions?.tags ?? [],
      ...(found.label !== undefined && { label: found.label }),
      operations: found.operations,
    };
    return { facts, etag: answer.etag };
  });
}

export interface StoredCertificate {
  contentType: string;
  data: Buffer;
  etag: string | undefined;
}

/** A key's certificate; undefined when it has none, or there is no such key. */
export async function getCertificate(
  node: DeviceNode,
  credential: Credential,
  key: string,
  options: CallOptions = {},
): Promise<StoredCertificate | undefined> {
  try {
    return await node.request(
      { endpoint: 'getCertificate', params: { key }, credential, ...options },
      async (answer) => ({
        contentType: answer.contentType.slice(0, 200),
        data: await readBytes(answer),
        etag: answer.etag,
      }),
    );
  } catch (error) {
    if (isProblem(error, 'not-found')) return undefined;
    throw error;
  }
}

/**
 * Imports a key under an id that is free: the device checks and then writes, so two at once may both succeed; read back.
 * Throws `exists`.
 */
export async function createKey(
  node: DeviceNode,
  credential: Credential,
  key: string,
  content: NewKey & { private: PrivateKey },
  options: CallOptions = {},
): Promise<void> {
  const json = { ...keyJson(content), private: content.private };
  await create(node, key, { endpoint: 'createKey', params: { key }, credential, json, ...options });
}

/**
 * As {@link createKey}, with the whole JSON as bytes: its private part never was a string. The bytes are sent once and not
 * kept; the caller wipes them when this has ended, well or not.
 */
export async function importKey(
  node: DeviceNode,
  credential: Credential,
  key: string,
  json: Buffer,
  options: CallOptions = {},
): Promise<void> {
  const content = { type: 'application/json', data: json };
  await create(node, key, { endpoint: 'createKey', params: { key }, credential, content, ...options });
}

async function create(node: DeviceNode, key: string, call: Call): Promise<void> {
  try {
    await node.request({ ...call, createOnly: true }, readNothing);
  } catch (error) {
    // If-None-Match: an existing key answers 412 (recording 20).
    if (!isProblem(error, 'precondition')) throw error;
    throw new Problem(
      {
        kind: 'exists',
        place: error.place,
        cause: `there is a key ${key} already`,
        remedy: 'Choose another id, or look at what is there',
      },
      { cause: error },
    );
  }
}

/** Has the device make a key, under an id or one of its own choice, and returns the id. Throws `exists`. */
export async function generateKey(
  node: DeviceNode,
  credential: Credential,
  content: NewKey & { id?: string | undefined; length?: number | undefined },
  options: CallOptions = {},
): Promise<string> {
  const json = {
    ...keyJson(content),
    ...(content.id !== undefined && { id: content.id }),
    ...(content.length !== undefined && { length: content.length }),
  };
  const { id } = await node.request({ endpoint: 'generateKey', credential, json, ...options }, (answer) =>
    readJson(answer, CREATED),
  );
  return id;
}

/** What stands in the JSON of a new key besides its private part. */
export function keyJson({ type, mechanisms, label, tags }: NewKey): Record<string, unknown> {
  return {
    mechanisms,
    type,
    ...(label !== undefined && { label }),
    ...(tags !== undefined && tags.length > 0 && { restrictions: { tags } }),
  };
}

export async function deleteKey(
  node: DeviceNode,
  credential: Credential,
  key: string,
  options: MatchOptions = {},
): Promise<void> {
  await node.request({ endpoint: 'deleteKey', params: { key }, credential, ...options }, readNothing);
}

/** Adds a tag; one that is there already is fine (304). */
export async function putTag(
  node: DeviceNode,
  credential: Credential,
  key: string,
  tag: string,
  options: MatchOptions = {},
): Promise<void> {
  await node.request(
    { endpoint: 'putTag', params: { key, tag }, credential, notModified: true, ...options },
    readNothing,
  );
}

/** Removes a tag; throws `not-found` when it is not there. */
export async function deleteTag(
  node: DeviceNode,
  credential: Credential,
  key: string,
  tag: string,
  options: MatchOptions = {},
): Promise<void> {
  await node.request({ endpoint: 'deleteTag', params: { key, tag }, credential, ...options }, readNothing);
}

/** Sets a label, 32 bytes at most. */
export async function putLabel(
  node: DeviceNode,
  credential: Credential,
  key: string,
  label: string,
  options: MatchOptions = {},
): Promise<void> {
  await node.request({ endpoint: 'putLabel', params: { key }, credential, json: { label }, ...options }, readNothing);
}

export async function deleteLabel(
  node: DeviceNode,
  credential: Credential,
  key: string,
  options: MatchOptions = {},
): Promise<void> {
  await node.request({ endpoint: 'deleteLabel', params: { key }, credential, ...options }, readNothing);
}

/** Stores a certificate, 1 MB at most; throws `exists` when there is one, which must be deleted first. */
export async function putCertificate(
  node: DeviceNode,
  credential: Credential,
  key: string,
  certificate: { contentType: string; data: Uint8Array },
  options: MatchOptions = {},
): Promise<void> {
  const content = { type: certificate.contentType, data: certificate.data };
  await node.request({ endpoint: 'putCertificate', params: { key }, credential, content, ...options }, readNothing);
}

/** Removes a certificate; throws `not-found` when there is none. */
export async function deleteCertificate(
  node: DeviceNode,
  credential: Credential,
  key: string,
  options: MatchOptions = {},
): Promise<void> {
  await node.request({ endpoint: 'deleteCertificate', params: { key }, credential, ...options }, readNothing);
}

/** Signs a message, or its digest where the mode asks for one (`EdDSA`, `ECDSA`, `PKCS1`, `PSS_SHA256`, …); Operators only. */
export async function sign(
  node: DeviceNode,
  credential: Credential,
  key: string,
  request: { mode: string; message: Uint8Array },
  options: CallOptions = {},
): Promise<Buffer> {
  const json = { mode: request.mode, message: Buffer.from(request.message).toString('base64') };
  const { signature } = await node.request(
    { endpoint: 'sign', params: { key }, credential, json, ...options },
    (answer) => readJson(answer, SIGNED),
  );
  return Buffer.from(signature, 'base64');
}
