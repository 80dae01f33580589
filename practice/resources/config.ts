import { randomBytes } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import { type Answer, empty, json, refuse } from '../answer.ts';
import { type Call, readObject, refuseSchema, textField } from '../call.ts';
import { condition } from '../conditions.ts';
import { derivedKey } from '../derive.ts';
import { type LocalName, localEntry, localPath, readLocal, readShared, sharedEntry } from '../layout.ts';
import { lockDomainKey, openDomainKey } from '../life.ts';
import { deviceTime } from '../node.ts';
import { readPassphrase } from '../passphrases.ts';
import { ADMINISTRATOR, OPERATIONAL, type Route } from '../route.ts';
import { domainKeyOf, etagOf, UNREADABLE } from '../sealed.ts';
import { formatTime, timestampError } from '../time.ts';
import { commit } from '../write.ts';

const CHANGE = 'Json.passphrase_change_req';

async function readChange(call: Call) {
  const body = await readObject(call, CHANGE);
  const next = readPassphrase(body, 'newPassphrase', 'passphrase', CHANGE);
  return { next, current: textField(body, 'currentPassphrase', CHANGE) };
}

async function setUnlockPassphrase(call: Call): Promise<Answer> {
  const { next, current } = await readChange(call);
  const { node } = call;
  if ((await openDomainKey(node, current)) === undefined) refuse(403, 'unlock passphrase is incorrect.');
  commit(node, await lockDomainKey(node, domainKeyOf(node), next));
  return empty(204);
}

/** The current passphrase must derive the stored key; with none stored it must be empty (recording 09). */
async function setBackupPassphrase(call: Call): Promise<Answer> {
  const { next, current } = await readChange(call);
  const { node } = call;
  const [salt, key] = [readShared(node, 'backup-salt'), readShared(node, 'backup-key')];
  if (salt === 'corrupt' || key === 'corrupt') return refuse(500, UNREADABLE);
  const known = salt === undefined || key === undefined ? undefined : { salt, key };
  const right = known === undefined ? current === '' : (await derivedKey(current, known.salt)).equals(known.key);
  if (!right) refuse(403, 'backup passphrase is incorrect.');
  const fresh = randomBytes(16);
  const domainKey = domainKeyOf(node);
  commit(node, [
    sharedEntry(node, domainKey, 'backup-salt', fresh),
    sharedEntry(node, domainKey, 'backup-key', await derivedKey(next, fresh)),
  ]);
  return empty(204);
}

function ipField(body: Record<string, unknown>, name: string, schema: string): string {
  const text = textField(body, name, schema);
  if (isIP(text) !== 0) return text;
  const wrong = `not an IPv4 address: invalid character '${text[0] ?? ''}' at 0`;
  return refuseSchema(`Ipaddr: ${wrong}\nnot an IPv6 address: not enough data`);
}

/** A JSON setting of a node: the default has no ETag, a stored one has (recordings 11 and 17). */
function setting(name: LocalName, initial: unknown, read: (body: Record<string, unknown>) => unknown) {
  return {
    GET: {
      ...who,
      run: (call: Call): Answer => {
        const etag = etagOf(call.node, localPath(call.node, name));
        const early = condition(call, etag);
        if (early !== undefined) return early;
        const stored = readLocal(call.node, name);
        const value = stored === undefined ? initial : JSON.parse(stored.toString());
        return json(value, 200, etag === undefined ? {} : { etag });
      },
    },
    PUT: {
      ...who,
      writes: true,
      run: async (call: Call): Promise<Answer> => {
        const value = read(await readObject(call, 'Json.config'));
        commit(call.node, [localEntry(call.node, name, Buffer.from(JSON.stringify(value)))]);
        return empty(204);
      },
    },
  };
}

const who = { roles: ADMINISTRATOR, rootOnly: true };
const states = OPERATIONAL;

function readLogging(body: Record<string, unknown>) {
  const ipAddress = ipField(body, 'ipAddress', 'Json.log');
  const { port, logLevel } = body;
  if (typeof port !== 'number' || port < 0 || port > 65_535) refuseSchema('Json.log.port');
  if (!['debug', 'info', 'warning', 'error'].includes(String(logLevel))) refuseSchema('Json.log.logLevel');
  return { ipAddress, port, logLevel };
}

function readNetwork(body: Record<string, unknown>) {
  const [ipAddress, netmask, gateway] = ['ipAddress', 'netmask', 'gateway'].map((name) =>
    ipField(body, name, 'Json.network'),
  );
  if (!isIPv4(String(netmask))) refuseSchema('Json.network.netmask');
  return { ipAddress, netmask, gateway };
}

function readBoot({ status }: Record<string, unknown>) {
  return status === 'on' || status === 'off' ? { status } : refuseSchema('Json.switch');
}

const time = {
  GET: { ...who, run: ({ node }: Call) => json({ time: formatTime(deviceTime(node)) }) },
  PUT: {
    ...who,
    writes: true,
    run: async (call: Call): Promise<Answer> => {
      const text = textField(await readObject(call, 'Json.time_req'), 'time', 'Json.time_req');
      const error = timestampError(text);
      if (error !== undefined) refuseSchema(error);
      call.node.timeOffset = Date.parse(text) - call.node.machine.now();
      const offset = Buffer.from(String(Math.round(call.node.timeOffset / 1000)));
      commit(call.node, [localEntry(call.node, 'time-offset', offset)]);
      return empty(204);
    },
  },
};

const LOGGING = { ipAddress: '0.0.0.0', port: 514, logLevel: 'info' };
const NETWORK = { ipAddress: '192.168.1.1', netmask: '255.255.255.0', gateway: '0.0.0.0' };

export const CONFIG: readonly Route[] = [
  {
    path: /^\/config\/unlock-passphrase$/,
    states,
    methods: { PUT: { ...who, writes: true, run: setUnlockPassphrase } },
  },
  {
    path: /^\/config\/backup-passphrase$/,
    states,
    methods: { PUT: { ...who, writes: true, run: setBackupPassphrase } },
  },
  { path: /^\/config\/logging$/, states, methods: setting('log-config', LOGGING, readLogging) },
  { path: /^\/config\/network$/, states, methods: setting('ip-config', NETWORK, readNetwork) },
  { path: /^\/config\/unattended-boot$/, states, methods: setting('unattended-boot', { status: 'off' }, readBoot) },
  { path: /^\/config\/time$/, states, methods: time },
];
