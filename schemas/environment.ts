/** The credentials of a device, and how each ends the name of its environment variable. */
const DEVICE_SECRETS = {
  administrator: 'ADMINISTRATOR',
  backup: 'BACKUP',
  metrics: 'METRICS',
  backupPassphrase: 'BACKUP_PASSPHRASE',
  unlockPassphrase: 'UNLOCK_PASSPHRASE',
} as const;

export type DeviceSecret = keyof typeof DEVICE_SECRETS;
export const deviceSecrets = Object.keys(DEVICE_SECRETS) as DeviceSecret[];

const upper = (name: string): string => name.toUpperCase().replace(/[-.]/g, '_');

/** The variable that holds a device's secret when the manifest names no source: `NETHSM_OSLO_BACKUP`. */
export const deviceVariable = (device: string, secret: DeviceSecret): string =>
  `NETHSM_${upper(device)}_${DEVICE_SECRETS[secret]}`;

/** The variable of a namespace's N-Administrator: `NETHSM_PAYMENTS_NAMESPACE_ADMINISTRATOR`. */
export const namespaceVariable = (namespace: string): string => `NETHSM_${upper(namespace)}_NAMESPACE_ADMINISTRATOR`;
