/** Two practice devices at two sites, provisioned and ready to be paired, with sessions as the engine uses them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectDevice } from '../../core/device/device.ts';
import type { Limits } from '../../core/device/limits.ts';
import type { Credential } from '../../core/device/node.ts';
import type { Session } from '../../core/device/session.ts';
import { ROOT } from '../../core/names.ts';
import { startPracticeDevice } from '../../practice/index.ts';

export const UNLOCK = 'unlockunlock';
export const BACKUP_PASSPHRASE = 'backupPassphrase';
export const ADMIN: Credential = { user: 'admin', passphrase: 'adminadminadmin' };
export const BACKUP: Credential = { user: 'backup1', passphrase: 'bkPassphrase1' };
export const METRICS: Credential = { user: 'metrics1', passphrase: 'mtPassphrase1' };
export const N_PASSPHRASE = 'nsPassphrase1';
export const REPLICATOR_PASSPHRASE = 'replPassphrase1';

type Json = Record<string, unknown>;
export type Practice = Awaited<ReturnType<typeof startPracticeDevice>>;

/** A practice device with a session for the engine and a plain way to ask it, as its keepers would. */
export interface Site {
  name: string;
  practice: Practice;
  session: Session;
  ask(method: string, path: string, as?: Credential, body?: Json | string): Promise<{ status: number; json: unknown }>;
  /** The same, throwing unless the device took it. */
  must(method: string, path: string, as?: Credential, body?: Json | string): Promise<unknown>;
}

export interface Sites {
  oslo: Site;
  bergen: Site;
  folder: string;
  close(): Promise<void>;
}

const nAdmin = (namespace: string, name: string): Credential => ({
  user: `${namespace}~${name}`,
  passphrase: name === 'replicator' ? REPLICATOR_PASSPHRASE : N_PASSPHRASE,
});
/** The keeper of a namespace: its own N-Administrator. */
export const keeper = (namespace: string): Credential => nAdmin(namespace, 'keeper');
/** The application that uses the keys of a namespace. */
export const app = (namespace: string): Credential => ({ user: `${namespace}~app`, passphrase: 'appPassphrase1' });

export function sessionOf(
  name: string,
  url: string,
  over: Partial<Session> = {},
  limits: Partial<Limits> = {},
): Session {
  const device = connectDevice(
    { name, nodes: [{ url, tls: { kind: 'system' } }] },
    { known: { check: () => 'known' }, limits },
  );
  const node = device.nodes[0];
  if (node === undefined) throw new Error('no node');
  return {
    name,
    device,
    node,
    administrator: async () => ADMIN,
    backup: async () => BACKUP,
    metrics: async () => METRICS,
    namespaceAdministrator: async (namespace) => (namespace === ROOT ? ADMIN : nAdmin(namespace, 'replicator')),
    backupPassphrase: async () => BACKUP_PASSPHRASE,
    unlockPassphrase: async () => UNLOCK,
    ...over,
  };
}

/** A site whose device runs somewhere: the session of the engine, and plain requests as keepers make them. */
export function siteAt(name: string, url: string): Omit<Site, 'practice'> {
  const ask: Site['ask'] = async (method, path, as, body) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        ...(as && { authorization: `Basic ${Buffer.from(`${as.user}:${as.passphrase}`).toString('base64')}` }),
        ...(body !== undefined && {
          'content-type': typeof body === 'string' ? 'application/octet-stream' : 'application/json',
        }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json: unknown = /json/.test(answer.headers.get('content-type') ?? '') && text ? JSON.parse(text) : text;
    return { status: answer.status, json };
  };
  const must: Site['must'] = async (method, path, as, body) => {
    const { status, json } = await ask(method, path, as, body);
    if (status >= 300) throw new Error(`${name}: ${method} ${path} gave ${status} ${JSON.stringify(json)}`);
    return json;
  };
  return { name, session: sessionOf(name, url), ask, must };
}

/** Starts a site whose device is in this process, which derives keys quickly from now on; a bench starts none. */
export async function startSite(name: string, options: Parameters<typeof startPracticeDevice>[0] = {}): Promise<Site> {
  await import('./quick-scrypt.ts');
  const practice = await startPracticeDevice({ deviceId: `dev-${name}`, ...options });
  return { practice, ...siteAt(name, practice.url) };
}

export async function provision(site: Pick<Site, 'must'>): Promise<void> {
  await site.must('POST', '/provision', undefined, {
    unlockPassphrase: UNLOCK,
    adminPassphrase: ADMIN.passphrase,
    systemTime: '2026-11-24T12:00:00Z',
  });
  for (const [user, role] of [
    [BACKUP, 'Backup'],
    [METRICS, 'Metrics'],
  ] as const) {
    await site.must('PUT', `/users/${user.user}`, ADMIN, { realName: role, role, passphrase: user.passphrase });
  }
  await site.must('PUT', '/config/backup-passphrase', ADMIN, {
    newPassphrase: BACKUP_PASSPHRASE,
    currentPassphrase: '',
  });
}

/** A namespace with its keeper, our replicator and an application. */
export async function createNamespace(site: Pick<Site, 'must'>, namespace: string): Promise<void> {
  for (const { user, passphrase } of [keeper(namespace), nAdmin(namespace, 'replicator')]) {
    await site.must('PUT', `/users/${user}`, ADMIN, { realName: 'N', role: 'Administrator', passphrase });
  }
  await site.must('PUT', `/namespaces/${namespace}`, ADMIN);
  const { user, passphrase } = app(namespace);
  await site.must('PUT', `/users/${user}`, keeper(namespace), { realName: 'App', role: 'Operator', passphrase });
}

/** An Ed25519 key whose private part is 32 times one byte. */
export const importKey = (
  site: Pick<Site, 'must'>,
  namespace: string,
  id: string,
  byte: number,
  by: Credential = keeper(namespace),
): Promise<unknown> =>
  site.must('PUT', `/keys/${id}`, by, {
    mechanisms: ['EdDSA_Signature'],
    type: 'Curve25519',
    private: { data: Buffer.alloc(32, byte).toString('base64') },
  });

/** Oslo provisioned with the namespace `payments`; Bergen provisioned, empty and not paired yet. */
export async function startSites(options: Parameters<typeof startPracticeDevice>[0] = {}): Promise<Sites> {
  const folder = await mkdtemp(join(tmpdir(), 'sites-'));
  const [oslo, bergen] = [await startSite('oslo', options), await startSite('bergen', options)];
  await provision(oslo);
  await provision(bergen);
  await createNamespace(oslo, 'payments');
  return {
    oslo,
    bergen,
    folder,
    async close() {
      for (const site of [oslo, bergen]) {
        await site.session.device.close();
        await site.practice.close();
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}
