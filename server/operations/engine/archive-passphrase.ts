import type { Session } from '../../../core/device/session.ts';
import { isProblem, Problem } from '../../../core/problem.ts';
import type { Engine } from './engine.ts';
import type { SavedManifest } from './manifests.ts';

/** What a NetHSM asks of its own backup passphrase too. */
const LEAST = 10;
const VARIABLE = 'NETHSM_BACKUP_PASSPHRASE';

/** The passphrase of an archive of a device, as on the command line: that of the environment, else the backup passphrase of the device. */
export const archivePassphrase = async (engine: Engine, session: Session): Promise<string> =>
  longEnough(engine.env[VARIABLE] ?? (await session.backupPassphrase()), session.name);

/** The passphrase of archives that replication makes and reads by itself: that of the environment, else the person's. */
export const replicationPassphrase = async (engine: Engine, saved: SavedManifest): Promise<string> =>
  longEnough(
    engine.env[VARIABLE] ?? (await engine.secrets.ofFile(saved, '', 'passphrase of the archives')),
    saved.file,
  );

/**
 * Opens a file with the passphrase of the environment, the backup passphrase of a device whose archive it may be, or what a
 * person gives. One that does not open the file is forgotten.
 */
export async function withFilePassphrase<T>(
  engine: Engine,
  saved: SavedManifest,
  file: { title: string; namespace: string; device: string | undefined },
  work: (passphrase: string) => Promise<T>,
): Promise<T> {
  const fixed = engine.env[VARIABLE];
  if (fixed !== undefined) return work(fixed);
  if (file.device !== undefined) {
    try {
      return await work(
        await engine.sessions.use(saved, [file.device], (session) => session.backupPassphrase(), 'keep'),
      );
    } catch (error) {
      if (!isProblem(error, 'wrong-passphrase', 'unauthorised', 'unreachable', 'untrusted', 'bad-manifest'))
        throw error;
    }
  }
  const ask = (refused: boolean) =>
    engine.secrets.ofFile(saved, file.namespace, `passphrase of ${file.title}`, refused);
  try {
    return await work(await ask(false));
  } catch (error) {
    if (!isProblem(error, 'wrong-passphrase')) throw error;
    return work(await ask(true));
  }
}

function longEnough(passphrase: string, place: string): string {
  if (passphrase.length >= LEAST) return passphrase;
  throw new Problem({
    kind: 'refused',
    place,
    cause: `the passphrase of its archives has fewer than ${LEAST} characters`,
    remedy: 'Choose a longer one',
  });
}
