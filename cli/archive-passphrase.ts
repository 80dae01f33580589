import type { Session } from '../core/device/session.ts';
import { longEnough } from '../core/sessions/long-enough.ts';
import type { Run } from './run.ts';
import { filePassphrase } from './secrets.ts';

/** What each help says of it. */
export const ARCHIVE_PASSPHRASE_HELP =
  'The archive is sealed under NETHSM_BACKUP_PASSPHRASE, or, when that is not set, under the backup passphrase of the device by the manifest.';

/** The passphrase of an archive of a device. Throws a Problem `refused` for one that is too short to make an archive. */
export async function archivePassphrase(run: Run, session: Session, file: string): Promise<string> {
  const passphrase = await filePassphrase(run, 'NETHSM_BACKUP_PASSPHRASE', `passphrase of ${file}`, () =>
    session.backupPassphrase(),
  );
  return longEnough(passphrase, file);
}

/**
 * The passphrase of the archives that replication makes and reads by itself. That of a device won't do: they must open when
 * the device is gone. Throws a Problem `refused` for one that is too short.
 */
export const replicationPassphrase = async (run: Run): Promise<string> =>
  longEnough(await filePassphrase(run, 'NETHSM_BACKUP_PASSPHRASE', 'passphrase of sealed archives'), 'sealed archives');
