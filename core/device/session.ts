import type { Namespace } from '../names.ts';
import type { Device } from './device.ts';
import type { Credential, DeviceNode } from './node.ts';

/**
 * One device with the secrets to work on it. Secrets are asked for when they are needed, not before;
 * each getter throws a Problem `unauthorised` that says how to supply a missing one.
 */
export interface Session {
  /** The device's name in the manifest. */
  name: string;
  device: Device;
  /** The node that everything of this session goes to: a header and what follows it must not change nodes (hazard 2). */
  node: DeviceNode;
  /** The R-Administrator. */
  administrator(): Promise<Credential>;
  /** The user with the role Backup. */
  backup(): Promise<Credential>;
  /** The user with the role Metrics, where the manifest names one. */
  metrics(): Promise<Credential | undefined>;
  /** Our own N-Administrator in a namespace; the R-Administrator for the keys of root. */
  namespaceAdministrator(namespace: Namespace): Promise<Credential>;
  backupPassphrase(): Promise<string>;
  unlockPassphrase(): Promise<string>;
}
