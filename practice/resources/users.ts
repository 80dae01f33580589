import { deny, empty, json, refuse } from '../answer.ts';
import { accountOf, type Call, onlyFields, readObject, refuseSchema, textField } from '../call.ts';
import { condition } from '../conditions.ts';
import { checkId, checkUserId, freshId } from '../ids.ts';
import { readPassphrase } from '../passphrases.ts';
import { pauseBeforeWrite } from '../pause.ts';
import { ADMINISTRATOR, OPERATIONAL, type Route } from '../route.ts';
import { etagOf, UNREADABLE } from '../sealed.ts';
import {
  type Account,
  credentials,
  namespaceExists,
  namespaceOf,
  ROLES,
  type Role,
  readUser,
  userEntry,
  userPath,
} from '../users.ts';
import { commit } from '../write.ts';

const SCHEMA = 'Json.user_req';

/**
 * The id that the path names, if the caller may see it: root administrators see everybody, those of a namespace their own,
 * others themselves. A root administrator changes nobody of a live namespace (FACTS, Who may do what).
 */
function target(call: Call, change: boolean): string {
  const account = accountOf(call);
  const id = checkUserId(call.parameters[0] as string);
  const [own, theirs] = [namespaceOf(account.id), namespaceOf(id)];
  if (id === account.id) return id;
  if (account.role !== 'Administrator') return deny();
  if (own !== '' && own !== theirs) return deny();
  if (change && own === '' && theirs !== '' && namespaceExists(call.node, theirs)) return deny();
  return id;
}

function existing(call: Call, id: string): Account {
  const user = readUser(call.node, id);
  if (user === 'unreadable') return refuse(500, UNREADABLE);
  return user ?? refuse(404);
}

function list({ node, account }: Call) {
  const namespace = namespaceOf(account?.id ?? '');
  const ids = [...node.machine.store.names('/authentication/')].filter((id) => !id.startsWith('.'));
  const seen = namespace === '' ? ids : ids.filter((id) => namespaceOf(id) === namespace);
  return json(seen.map((user) => ({ user })));
}

async function create(call: Call) {
  const body = await readObject(call, SCHEMA);
  const namespace = namespaceOf(accountOf(call).id);
  const id = namespace === '' ? freshId() : `${namespace}~${freshId()}`;
  await add(call, id, body);
  return json({ id }, 201, { location: `/api/v1/users/${id}` });
}

async function put(call: Call) {
  const id = checkUserId(call.parameters[0] as string);
  const own = namespaceOf(accountOf(call).id);
  if (own !== '' && own !== namespaceOf(id)) deny();
  const body = await readObject(call, SCHEMA);
  await add(call, id, body);
  return empty(201, { location: `/api/v1/users/${id}` });
}

async function add(call: Call, id: string, body: Record<string, unknown>): Promise<void> {
  onlyFields(body, ['realName', 'role', 'passphrase'], SCHEMA);
  const realName = textField(body, 'realName', SCHEMA);
  const role = body.role as Role;
  if (!ROLES.includes(role)) refuseSchema(`${SCHEMA}.role`);
  const passphrase = readPassphrase(body, 'passphrase', 'passphrase', SCHEMA);
  const namespace = namespaceOf(id);
  if (namespace !== '' && namespaceOf(accountOf(call).id) === '' && namespaceExists(call.node, namespace)) {
    refuse(403, 'R-User trying to create N-User for an already created namespace');
  }
  const refused = condition(call, etagOf(call.node, userPath(id)));
  if (refused !== undefined) refuse(refused.status);
  if (readUser(call.node, id) !== undefined) refuse(409, 'user already exists');
  await pauseBeforeWrite(call.node);
  commit(call.node, [userEntry(call.node, { id, realName, role, tags: [], ...credentials(passphrase) })]);
}

function get(call: Call) {
  const id = target(call, false);
  const { realName, role } = existing(call, id);
  const etag = etagOf(call.node, userPath(id));
  return condition(call, etag) ?? json({ realName, role }, 200, { etag: etag as string });
}

function remove(call: Call) {
  const id = target(call, true);
  if (!call.node.machine.store.has(userPath(id))) refuse(404);
  if (id === accountOf(call).id) refuse(400, 'Users cannot delete themselves');
  const refused = condition(call, etagOf(call.node, userPath(id)));
  if (refused !== undefined) return refused;
  call.node.users.delete(id);
  commit(call.node, [{ path: userPath(id), value: undefined }]);
  return empty(204);
}

async function setPassphrase(call: Call) {
  const id = target(call, true);
  const user = existing(call, id);
  const body = await readObject(call, 'Json.passphrase_req');
  const passphrase = readPassphrase(body, 'passphrase', 'passphrase', 'Json.passphrase_req');
  commit(call.node, [userEntry(call.node, { ...user, ...credentials(passphrase) })]);
  return empty(204);
}

const listTags = (call: Call) => json(existing(call, target(call, false)).tags);

function operator(call: Call): Account {
  const user = existing(call, target(call, true));
  if (user.role !== 'Operator') refuse(400, 'tag operations only exist on operator users');
  return user;
}

function putTag(call: Call) {
  const user = operator(call);
  const tag = checkId(call.parameters[1] as string);
  if (user.tags.includes(tag)) return empty(304);
  commit(call.node, [userEntry(call.node, { ...user, tags: [...user.tags, tag] })]);
  return empty(204);
}

function deleteTag(call: Call) {
  const user = operator(call);
  const tag = call.parameters[1] as string;
  if (!user.tags.includes(tag)) refuse(404);
  commit(call.node, [userEntry(call.node, { ...user, tags: user.tags.filter((other) => other !== tag) })]);
  return empty(204);
}

const who = { roles: ADMINISTRATOR };
const whoOrSelf = { roles: ['Administrator', 'Operator'] as const };

export const USERS: readonly Route[] = [
  {
    path: /^\/users$/,
    states: OPERATIONAL,
    methods: { GET: { ...who, run: list }, POST: { ...who, writes: true, run: create } },
  },
  {
    path: /^\/users\/([^/]+)$/,
    states: OPERATIONAL,
    methods: {
      GET: { ...whoOrSelf, run: get },
      PUT: { ...who, writes: true, run: put },
      DELETE: { ...who, writes: true, run: remove },
    },
  },
  {
    path: /^\/users\/([^/]+)\/passphrase$/,
    states: OPERATIONAL,
    methods: { POST: { ...whoOrSelf, writes: true, run: setPassphrase } },
  },
  { path: /^\/users\/([^/]+)\/tags$/, states: OPERATIONAL, methods: { GET: { ...whoOrSelf, run: listTags } } },
  {
    path: /^\/users\/([^/]+)\/tags\/([^/]+)$/,
    states: OPERATIONAL,
    methods: { PUT: { ...who, writes: true, run: putTag }, DELETE: { ...who, writes: true, run: deleteTag } },
  },
];
