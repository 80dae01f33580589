import { mapConcurrently } from '../../../core/concurrent.ts';
import { listNamespaces } from '../../../core/device/namespaces.ts';
import type { Credential } from '../../../core/device/node.ts';
import type { Session } from '../../../core/device/session.ts';
import { getUser, listUsers, listUserTags } from '../../../core/device/users.ts';
import { type Namespace, namespaceTitle, ROOT } from '../../../core/names.ts';
import { isProblem, type Problem } from '../../../core/problem.ts';
import { asErrand } from '../engine/asking.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import { problemData } from '../look/problem-data.ts';
import type { DeviceDetails, Fresh, UserView } from '../protocol.ts';
import { knownFindings, namespacesOf } from './devices.ts';

interface Read {
  namespaces: string[];
  users: UserView[];
  problems: Problem[];
}

/** Requests under way at once while users are read. */
const AT_ONCE = 4;
/** More users than this are not read one by one. */
const MOST_USERS = 1_000;

/** Namespaces, users and findings of one device. */
export async function deviceDetails(
  engine: Engine,
  { manifest, device, ...fresh }: { manifest: string; device: string } & Fresh,
): Promise<DeviceDetails> {
  const saved = await engine.manifests.valid(manifest);
  const named = new Set<string>(namespacesOf(saved, device));
  const trip = { ask: fresh.ask === true, reason: `to look at ${device}` };
  const { value, at } = await engine.cache.need(`${saved.uri}\ndetails\n${device}`, fresh, () =>
    asErrand(trip, () =>
      engine.sessions.use(saved, [device], (session) => read(saved, session, namespacesOf(saved, device))),
    ),
  );
  const findings = knownFindings(engine, saved, device);
  return {
    device,
    at,
    namespaces: value.namespaces.map((namespace) => ({
      namespace,
      title: namespaceTitle(namespace as Namespace),
      inManifest: named.has(namespace),
    })),
    users: value.users,
    ...(findings && { findings }),
    problems: value.problems.map(problemData),
  };
}

async function read(saved: SavedManifest, session: Session, namespaces: readonly Namespace[]): Promise<Read> {
  const problems: Problem[] = [];
  const attempt = async <T>(none: T, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isProblem(error) || error.kind === 'cancelled') throw error;
      problems.push(error);
      return none;
    }
  };
  const there = await attempt<string[]>([], async () =>
    (await listNamespaces(session.node, await session.administrator())).sort(),
  );
  // An R-Administrator lists users of namespaces too; their facts are told to their own administrator.
  const users = await attempt<UserView[]>([], async () => usersOf(saved, session, await session.administrator(), ROOT));
  for (const namespace of namespaces.filter((name) => there.includes(name))) {
    const own = await attempt<UserView[]>([], async () =>
      usersOf(saved, session, await session.namespaceAdministrator(namespace), namespace),
    );
    users.push(...own);
  }
  return { namespaces: [ROOT, ...there], users, problems };
}

async function usersOf(
  saved: SavedManifest,
  session: Session,
  credential: Credential,
  namespace: Namespace,
): Promise<UserView[]> {
  const all = await listUsers(session.node, credential);
  const own = all.filter((user) => (namespace === ROOT ? !user.includes('~') : user.startsWith(`${namespace}~`)));
  return mapConcurrently(own.sort().slice(0, MOST_USERS), AT_ONCE, async (user): Promise<UserView> => {
    const { role, realName } = await getUser(session.node, credential, user);
    const tags = role === 'Operator' ? await listUserTags(session.node, credential, user) : undefined;
    const ours = oursOf(saved, session.name, user);
    return { user, namespace, role, realName, ...(ours && { ours }), ...(tags && { tags }) };
  });
}

/** Which credential of the manifest a user is. */
function oursOf({ manifest }: SavedManifest, device: string, user: string): string | undefined {
  const credentials = manifest.devices[device]?.credentials;
  for (const name of ['administrator', 'backup', 'metrics'] as const)
    if (credentials?.[name]?.user === user) return name;
  const [namespace = '', name] = user.split('~');
  return name !== undefined && manifest.namespaces[namespace]?.administrator.user === name
    ? 'namespaceAdministrator'
    : undefined;
}
