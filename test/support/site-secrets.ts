import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ADMIN, BACKUP, BACKUP_PASSPHRASE, METRICS, REPLICATOR_PASSPHRASE, UNLOCK } from './sites.ts';

/** The secrets of the test sites as files in a folder; gives the `credentials` of a manifest there that name them. */
export async function writeSecrets(folder: string): Promise<string> {
  const files = {
    administrator: ADMIN.passphrase,
    backup: BACKUP.passphrase,
    metrics: METRICS.passphrase,
    'backup-passphrase': BACKUP_PASSPHRASE,
    'unlock-passphrase': UNLOCK,
    replicator: REPLICATOR_PASSPHRASE,
  };
  for (const [name, secret] of Object.entries(files)) await writeFile(join(folder, name), secret, { mode: 0o600 });
  return [
    `administrator: { user: ${ADMIN.user}, passphrase: { file: ./administrator } }`,
    `backup: { user: ${BACKUP.user}, passphrase: { file: ./backup } }`,
    `metrics: { user: ${METRICS.user}, passphrase: { file: ./metrics } }`,
    'backupPassphrase: { file: ./backup-passphrase }',
    'unlockPassphrase: { file: ./unlock-passphrase }',
  ].join(', ');
}
