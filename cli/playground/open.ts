import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Session } from '../../core/device/session.ts';
import { furnishPlayground, type Playground } from '../../practice/playground/open.ts';
import { loadManifest } from '../manifest.ts';
import type { Run } from '../run.ts';
import { deviceBackupsFolder, withSessions } from '../sessions.ts';

/** The folder of a playground: the one that was named, or a new temporary one. */
export const playgroundFolder = async (cwd: string, folder: string | undefined): Promise<string> =>
  folder === undefined ? mkdtemp(join(tmpdir(), 'nethsm-practice-')) : resolve(cwd, folder);

/** A run whose devices are confirmed unseen: we started them ourselves. */
const trusting = (run: Run, playground: Playground): Run => ({
  ...run,
  stateFolder: () => join(playground.folder, 'state'),
  trustNewDevices: true,
  note: () => {},
});

/** Works on all devices of a playground with the sessions that the verbs use. */
export async function withPlayground<T>(
  run: Run,
  playground: Playground,
  work: (sessions: Session[]) => Promise<T>,
): Promise<T> {
  const own = trusting(run, playground);
  const loaded = await loadManifest(own, playground.manifest);
  return withSessions(
    own,
    loaded,
    playground.places.map(({ name }) => name),
    (...sessions) => work(sessions),
  );
}

/** Furnishes a playground with sessions as the verbs have them. */
export const furnish = (run: Run, playground: Playground, how: { paired: boolean }): Promise<void> =>
  withPlayground(run, playground, (sessions) =>
    furnishPlayground(playground, sessions, {
      ...how,
      signal: run.signal,
      deviceBackups: deviceBackupsFolder(trusting(run, playground)),
    }),
  );
