import type { Session } from '../../../core/device/session.ts';
import { isProblem } from '../../../core/problem.ts';
import { longEnough } from '../../../core/sessions/long-enough.ts';
import { asErrand, errand } from './asking.ts';
import type { Engine } from './engine.ts';
import type { SavedManifest } from './manifests.ts';

const VARIABLE = 'NETHSM_BACKUP_PASSPHRASE';
const ARCHIVES = 'archivePassphrase';

/** The passphrase of an archive of a device, as on the command line: that of the environment, else the backup passphrase of the device. */
export const archivePassphrase = async (engine: Engine, session: Session): Promise<string> =>
  longEnough(engine.env[VARIABLE] ?? (await session.backupPassphrase()), session.name);

/** The passphrase of archives that replication makes and reads by itself: that of the environment, else the person's. */
export async function replicationPassphrase(engine: Engine, saved: SavedManifest): Promise<string> {
  const passphrase = engine.env[VARIABLE] ?? (await ofArchives(engine, saved));
  try {
    return longEnough(passphrase, saved.file);
  } catch (error) {
    engine.secrets.judge(saved, '', ARCHIVES, false);
    throw error;
  }
}

const ofArchives = (engine: Engine, saved: SavedManifest): Promise<string> =>
  engine.secrets.ofFile(saved, '', 'passphrase of sealed archives, those that replication makes');

/** A passphrase that may open an archive: whose it is, and how it is had. */
interface Way {
  owner: string;
  credential: string;
  get(): Promise<string | undefined>;
}

/**
 * Opens an archive with the passphrase of the environment, else with each that it may have: the backup passphrase of a
 * device, that of replication's own archives where it is known or kept, and at last what a person gives for it.
 */
export async function withFilePassphrase<T>(
  engine: Engine,
  saved: SavedManifest,
  { title, device }: { title: string; device: string | undefined },
  work: (passphrase: string) => Promise<T>,
): Promise<T> {
  const fixed = engine.env[VARIABLE];
  if (fixed !== undefined) return work(fixed);
  const ask = (refused: boolean) => engine.secrets.ofFile(saved, title, `passphrase of ${title}`, refused);
  const asked: Way = { owner: title, credential: ARCHIVES, get: () => ask(false) };
  for (const { owner, credential, get } of [...waysWithoutAsking(engine, saved, device), asked]) {
    const passphrase = await get();
    if (passphrase === undefined) continue;
    try {
      const result = await work(passphrase);
      engine.secrets.judge(saved, owner, credential, true);
      return result;
    } catch (error) {
      if (!isProblem(error, 'wrong-passphrase')) throw error;
    }
  }
  return work(await ask(true));
}

function waysWithoutAsking(engine: Engine, saved: SavedManifest, device: string | undefined): Way[] {
  const { reason, signal } = errand();
  const trip = { ask: false, kept: true, reason, ...(signal && { signal }) };
  const unasked = (get: () => Promise<string>) => () => asErrand(trip, get).catch(() => undefined);
  const ofDevice = (name: string) => () =>
    engine.sessions.use(saved, [name], (session) => session.backupPassphrase(), 'keep');
  return [
    ...(device === undefined
      ? []
      : [{ owner: device, credential: 'backupPassphrase', get: unasked(ofDevice(device)) }]),
    { owner: '', credential: ARCHIVES, get: unasked(() => ofArchives(engine, saved)) },
  ];
}
