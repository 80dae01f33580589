import {
  ADMIN,
  app,
  BACKUP,
  BACKUP_PASSPHRASE,
  METRICS,
  N_PASSPHRASE,
  REPLICATOR_PASSPHRASE,
  UNLOCK,
} from '../../support/sites.ts';
import { violate } from '../world/world.ts';

const SECRETS = [
  ADMIN.passphrase,
  BACKUP.passphrase,
  METRICS.passphrase,
  BACKUP_PASSPHRASE,
  N_PASSPHRASE,
  REPLICATOR_PASSPHRASE,
  UNLOCK,
  app('payments').passphrase,
  'archivePassphrase1',
].flatMap((secret) => [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1)]);

/** No secret in what people may read, nor in a journal. */
export function judgeSecrets(said: readonly string[], files: readonly Buffer[]): void {
  for (const text of said) {
    const secret = SECRETS.find((each) => text.includes(each));
    if (secret !== undefined) violate('secret', `${secret} in: ${text.slice(0, 300)}`);
  }
  for (const file of files) {
    const secret = SECRETS.find((each) => file.includes(each));
    if (secret !== undefined) violate('secret', `${secret} in a journal`);
  }
}
