import { mapConcurrently } from '../../concurrent.ts';
import type { Credential, DeviceNode } from '../../device/node.ts';
import { getUser, listUsers, listUserTags, type UserFacts } from '../../device/users.ts';
import { READS_AT_ONCE } from '../../inventory/read.ts';
import { type Namespace, ROOT, type UserName, userId } from '../../names.ts';
import { isProblem } from '../../problem.ts';
import type { WorkOptions } from '../../progress.ts';

/** A user of a namespace, as one node tells of him. */
export interface NamedUser extends UserFacts {
  name: UserName;
}

/** The names of the users of a namespace, as a node lists them; for root those outside any namespace. */
export async function namesOf(
  node: DeviceNode,
  credential: Credential,
  namespace: Namespace,
  options: WorkOptions,
): Promise<UserName[]> {
  const ids = await listUsers(node, credential, options);
  const prefix = userId(namespace, '' as UserName);
  const own = namespace === ROOT ? ids.filter((id) => !id.includes('~')) : ids.filter((id) => id.startsWith(prefix));
  return own.map((id) => id.slice(prefix.length) as UserName);
}

/** Real name and role of a user; undefined when there is none of that name. */
export async function userOf(
  node: DeviceNode,
  credential: Credential,
  user: string,
  options: WorkOptions,
): Promise<UserFacts | undefined> {
  return getUser(node, credential, user, options).catch(absent);
}

/** The tags of a user; none when he is not there. */
export async function tagsOf(
  node: DeviceNode,
  credential: Credential,
  user: string,
  options: WorkOptions,
): Promise<string[]> {
  return (await listUserTags(node, credential, user, options).catch(absent)) ?? [];
}

/** The users of a namespace with their roles, or those whose names are `wanted`; one that goes away meanwhile is left out. */
export async function readUsers(
  node: DeviceNode,
  credential: Credential,
  namespace: Namespace,
  options: WorkOptions,
  wanted: (name: UserName) => boolean = () => true,
): Promise<NamedUser[]> {
  const names = (await namesOf(node, credential, namespace, options)).filter(wanted);
  const users = await mapConcurrently(names, READS_AT_ONCE, async (name) => {
    const facts = await userOf(node, credential, userId(namespace, name), options);
    return facts && { name, ...facts };
  });
  return users.filter((user) => user !== undefined);
}

function absent(error: unknown): undefined {
  if (!isProblem(error, 'not-found')) throw error;
}
