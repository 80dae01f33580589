import { setBackupPassphrase } from '../../core/device/config.ts';
import { generateKey } from '../../core/device/keys.ts';
import { createNamespace } from '../../core/device/namespaces.ts';
import type { Credential, DeviceNode } from '../../core/device/node.ts';
import { createUser } from '../../core/device/users.ts';
import type { PracticeDevice } from '../index.ts';
import { provision } from '../life.ts';
import { type Secrets, SHARED_NAMESPACE } from './layout.ts';

/** Makes a practice device ready to work: a Domain Key of its own and the administrator. */
export const provisionPractice = (device: PracticeDevice, secrets: Secrets): Promise<void> =>
  provision(device.node, {
    unlockPassphrase: secrets['unlock-passphrase'],
    adminPassphrase: secrets.administrator,
    systemTime: Date.now(),
  });

/** The users and the backup passphrase that the manifest names. */
export async function addUsers(node: DeviceNode, secrets: Secrets): Promise<void> {
  const admin = { user: 'admin', passphrase: secrets.administrator };
  await createUser(node, admin, 'backup1', { realName: 'Backup', role: 'Backup', passphrase: secrets.backup });
  await createUser(node, admin, 'metrics1', { realName: 'Metrics', role: 'Metrics', passphrase: secrets.metrics });
  await setBackupPassphrase(node, admin, { current: '', next: secrets['backup-passphrase'] });
}

/** Our N-Administrator in a namespace of a playground. */
export const replicator = (namespace: string, secrets: Secrets): Credential => ({
  user: `${namespace}~replicator`,
  passphrase: secrets.replicator,
});

/** The person who keeps a namespace of a playground: an N-Administrator beside ours. */
export const keeper = (namespace: string, secrets: Secrets): Credential => ({
  user: `${namespace}~keeper`,
  passphrase: secrets.keeper,
});

/** The Operator in a namespace of a playground: uses keys, changes none. */
export const operator = (namespace: string, secrets: Secrets): Credential => ({
  user: `${namespace}~app`,
  passphrase: secrets.operator,
});

/** A namespace with its administrators, ours and a keeper, and an Operator who uses its keys. */
export async function addNamespace(node: DeviceNode, secrets: Secrets, namespace = SHARED_NAMESPACE): Promise<void> {
  const admin = { user: 'admin', passphrase: secrets.administrator };
  const own = replicator(namespace, secrets);
  const app = operator(namespace, secrets);
  const person = keeper(namespace, secrets);
  const facts = { realName: 'Replicator', role: 'Administrator', passphrase: own.passphrase } as const;
  await createUser(node, admin, own.user, facts);
  await createNamespace(node, admin, namespace);
  await createUser(node, own, person.user, {
    realName: 'Keeper',
    role: 'Administrator',
    passphrase: person.passphrase,
  });
  await createUser(node, own, app.user, { realName: 'Application', role: 'Operator', passphrase: app.passphrase });
}

/** Has the device make signing keys of a namespace. */
export async function addKeys(
  node: DeviceNode,
  secrets: Secrets,
  ids: readonly string[],
  namespace = SHARED_NAMESPACE,
): Promise<void> {
  const owner = replicator(namespace, secrets);
  for (const id of ids) await generateKey(node, owner, { id, type: 'EC_P256', mechanisms: ['ECDSA_Signature'] });
}
