import type { Session } from '../../../core/device/session.ts';
import { isProblem, Problem } from '../../../core/problem.ts';
import { asErrand, errand } from './asking.ts';
import type { Engine } from './engine.ts';
import type { SavedManifest } from './manifests.ts';

/** What a NetHSM asks of its own backup passphrase too. */
const LEAST = 10;
const VARIABLE = 'NETHSM_BACKUP_PASSPHRASE';
const ARCHIVES = 'archivePassphrase';

/** The passphrase of an archive of a device, as on the command line: that of the environment, else the backup passphrase of the device. */
export const archivePassphrase = async (engine: Engine, session: Session): Promise<string> =>
  longEnough(engine.env[VARIABLE] ?? (await session.backupPassphrase()), session.name);

/** The passphrase of archives that replication makes and reads by itself: that of the environment, else the person's. */
export const replicationPassphrase = async (engine: Engine, saved: SavedManifest): Promise<string> =>
  longEnough(
    engine.env[VARIABLE] ??
      (await engine.secrets.ofFile(saved, '', 'passphrase of sealed archives, those that replication makes')),
    saved.file,
  );

/**
 * Opens an archive with the passphrase of the environment, else with each that it may have: the backup passphrase of a
 * device, that of replication's own archives where it was given already, and at last what a person gives for it.
 */
export async function withFilePassphrase<T>(
  engine: Engine,
  saved: SavedManifest,
  { title, device }: { title: string; device: string | undefined },
  work: (passphrase: string) => Promise<T>,
): Promise<T> {
  const fixed = engine.env[VARIABLE];
  if (fixed !== undefined) return work(fixed);
  const ask = (refused: boolean) => () => engine.secrets.ofFile(saved, title, `passphrase of ${title}`, refused);
  const ways = [
    ...(device === undefined ? [] : [() => backupPassphrase(engine, saved, device)]),
    async () => engine.secrets.known(saved, '', ARCHIVES),
    ask(false),
  ];
  for (const way of ways) {
    const passphrase = await way();
    if (passphrase === undefined) continue;
    try {
      return await work(passphrase);
    } catch (error) {
      if (!isProblem(error, 'wrong-passphrase')) throw error;
    }
  }
  return work(await ask(true)());
}

/** The backup passphrase of a device by the manifest; undefined where it can't be had without asking. */
const backupPassphrase = (engine: Engine, saved: SavedManifest, device: string): Promise<string | undefined> =>
  asErrand({ ...errand(), ask: false }, () =>
    engine.sessions.use(saved, [device], (session) => session.backupPassphrase(), 'keep'),
  ).catch(() => undefined);

function longEnough(passphrase: string, place: string): string {
  if (passphrase.length >= LEAST) return passphrase;
  throw new Problem({
    kind: 'refused',
    place,
    cause: `the passphrase of its archives has fewer than ${LEAST} characters`,
    remedy: 'Choose a longer one',
  });
}
