import * as z from 'zod';
import { readJson, readNothing } from './answer.ts';
import { readListing } from './id-listing.ts';
import { type CallOptions, type Credential, type DeviceNode, internalsOf } from './node.ts';
import { forgetRefusals } from './passphrase-guard.ts';

const USER = z.object({
  realName: z.string().max(1024),
  role: z.enum(['Administrator', 'Operator', 'Metrics', 'Backup']),
});
export type UserFacts = z.infer<typeof USER>;
const TAGS = z.array(z.string().max(1024)).max(4096);

/** The ids of the users whom this credential may see, in full (`namespace~name`). */
export function listUsers(node: DeviceNode, credential: Credential, options: CallOptions = {}): Promise<string[]> {
  return node.request({ endpoint: 'listUsers', credential, ...options }, (answer) => readListing(answer, 'user'));
}

/** Real name and role of a user; throws `not-found`, and `forbidden` for one of another namespace. */
export function getUser(
  node: DeviceNode,
  credential: Credential,
  user: string,
  options: CallOptions = {},
): Promise<UserFacts> {
  return node.request({ endpoint: 'getUser', params: { user }, credential, ...options }, (answer) =>
    readJson(answer, USER),
  );
}

/** Creates a user under a full id; throws `exists`, and `forbidden` for an R-Administrator in a live namespace. */
export async function createUser(
  node: DeviceNode,
  credential: Credential,
  user: string,
  facts: UserFacts & { passphrase: string },
  options: CallOptions = {},
): Promise<void> {
  const json = { realName: facts.realName, role: facts.role, passphrase: facts.passphrase };
  await node.request({ endpoint: 'createUser', params: { user }, credential, json, ...options }, readNothing);
  forgetRefusals(internalsOf(node).address.origin, user);
}

/** Deletes a user; nobody deletes himself (`invalid`). */
export async function deleteUser(
  node: DeviceNode,
  credential: Credential,
  user: string,
  options: CallOptions = {},
): Promise<void> {
  await node.request({ endpoint: 'deleteUser', params: { user }, credential, ...options }, readNothing);
}

/** Sets a user's passphrase, 10 to 200 characters. */
export async function setUserPassphrase(
  node: DeviceNode,
  credential: Credential,
  user: string,
  passphrase: string,
  options: CallOptions = {},
): Promise<void> {
  await node.request(
    { endpoint: 'setUserPassphrase', params: { user }, credential, json: { passphrase }, ...options },
    readNothing,
  );
  forgetRefusals(internalsOf(node).address.origin, user);
}

/** The tags of an Operator. */
export function listUserTags(
  node: DeviceNode,
  credential: Credential,
  user: string,
  options: CallOptions = {},
): Promise<string[]> {
  return node.request({ endpoint: 'listUserTags', params: { user }, credential, ...options }, (answer) =>
    readJson(answer, TAGS),
  );
}

/** Adds a tag to an Operator; other users have none (`invalid`). */
export async function putUserTag(
  node: DeviceNode,
  credential: Credential,
  user: string,
  tag: string,
  options: CallOptions = {},
): Promise<void> {
  await node.request(
    { endpoint: 'putUserTag', params: { user, tag }, credential, notModified: true, ...options },
    readNothing,
  );
}

export async function deleteUserTag(
  node: DeviceNode,
  credential: Credential,
  user: string,
  tag: string,
  options: CallOptions = {},
): Promise<void> {
  await node.request({ endpoint: 'deleteUserTag', params: { user, tag }, credential, ...options }, readNothing);
}
