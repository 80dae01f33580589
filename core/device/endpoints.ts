import { quoted, whyNoId } from '../names.ts';
import { Problem } from '../problem.ts';

/** `read` may be repeated; `use` and `write` are sent once; only a `write` changes the store of the device. */
export type EndpointKind = 'read' | 'use' | 'write';

/**
 * Everything this program can ask of a device. Nothing else can be requested: there is no way to provision, reset, update,
 * shut down, reboot or lock a device, to change its cluster, its network or its unlock passphrase.
 */
export const ENDPOINTS = {
  healthState: ['GET', '/health/state', 'read'],
  healthReady: ['GET', '/health/ready', 'read'],
  systemInfo: ['GET', '/system/info', 'read'],
  metrics: ['GET', '/metrics', 'read'],
  listKeys: ['GET', '/keys', 'read'],
  listKeysByPrefix: ['GET', '/keys/{prefix}*', 'read'],
  getKey: ['GET', '/keys/{key}', 'read'],
  createKey: ['PUT', '/keys/{key}', 'write'],
  deleteKey: ['DELETE', '/keys/{key}', 'write'],
  generateKey: ['POST', '/keys/generate', 'write'],
  sign: ['POST', '/keys/{key}/sign', 'use'],
  getCertificate: ['GET', '/keys/{key}/cert', 'read'],
  putCertificate: ['PUT', '/keys/{key}/cert', 'write'],
  deleteCertificate: ['DELETE', '/keys/{key}/cert', 'write'],
  putTag: ['PUT', '/keys/{key}/restrictions/tags/{tag}', 'write'],
  deleteTag: ['DELETE', '/keys/{key}/restrictions/tags/{tag}', 'write'],
  putLabel: ['PUT', '/keys/{key}/label', 'write'],
  deleteLabel: ['DELETE', '/keys/{key}/label', 'write'],
  listUsers: ['GET', '/users', 'read'],
  getUser: ['GET', '/users/{user}', 'read'],
  createUser: ['PUT', '/users/{user}', 'write'],
  deleteUser: ['DELETE', '/users/{user}', 'write'],
  setUserPassphrase: ['POST', '/users/{user}/passphrase', 'write'],
  listUserTags: ['GET', '/users/{user}/tags', 'read'],
  putUserTag: ['PUT', '/users/{user}/tags/{tag}', 'write'],
  deleteUserTag: ['DELETE', '/users/{user}/tags/{tag}', 'write'],
  listNamespaces: ['GET', '/namespaces', 'read'],
  createNamespace: ['PUT', '/namespaces/{namespace}', 'write'],
  setBackupPassphrase: ['PUT', '/config/backup-passphrase', 'write'],
  getTime: ['GET', '/config/time', 'read'],
  getTlsPublicKey: ['GET', '/config/tls/public.pem', 'read'],
  getTlsCertificate: ['GET', '/config/tls/cert.pem', 'read'],
  unlock: ['POST', '/unlock', 'use'],
  downloadBackup: ['POST', '/system/backup', 'use'],
  postRestore: ['POST', '/system/restore', 'write'],
} as const satisfies Record<string, readonly ['GET' | 'PUT' | 'POST' | 'DELETE', string, EndpointKind]>;

export type EndpointName = keyof typeof ENDPOINTS;
/** What a template's `{name}` stands for: ids as the device writes them, not encoded. */
export type PathParams = Readonly<Partial<Record<'key' | 'prefix' | 'tag' | 'user' | 'namespace', string>>>;

/** Why a text can't stand in a path: everything there is an id, a user's is two joined by `~`. */
function whyNotInPath(name: string, value: string): string | undefined {
  const parts = name === 'user' ? value.split('~') : [value];
  if (parts.length > 2) return 'it has more than one "~"';
  return parts.map(whyNoId).find((why) => why !== undefined);
}

/** The path of an endpoint, its ids filled in; throws `invalid` for anything that is no id, so that no path is ever left. */
export function endpointPath(endpoint: EndpointName, params: PathParams, place: string): string {
  return ENDPOINTS[endpoint][1].replace(/\{(\w+)\}/g, (_, name: keyof PathParams) => {
    const value = params[name] ?? '';
    const why = whyNotInPath(name, value);
    if (why === undefined) return encodeURIComponent(value);
    throw new Problem({
      kind: 'invalid',
      place,
      cause: `${quoted(value)} is no ${name} id: ${why}`,
      remedy: 'Use an id that a NetHSM accepts: nothing was sent',
    });
  });
}
