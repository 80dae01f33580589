/** A playground of two practice devices, paired, with an editor on its manifest. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openKnownDevices } from '../../core/device/known-devices.ts';
import type { PracticeDevice } from '../../practice/index.ts';
import type { Secrets } from '../../practice/playground/layout.ts';
import { furnishPlayground, openPlayground, type Playground } from '../../practice/playground/open.ts';
import { withPlaygroundSessions } from '../../practice/playground/sessions.ts';
import '../support/quick-scrypt.ts';
import { startEditor, type TestEditor } from './editor.ts';

export interface Stage {
  editor: TestEditor;
  playground: Playground;
  /** Of the manifest. */
  uri: string;
  folder: string;
  state: string;
  oslo: PracticeDevice;
  bergen: PracticeDevice;
  secrets: Secrets;
  close(): Promise<void>;
}

export const ARCHIVES = 'passphrase of archives';

/** Starts devices as the command `startPractice` does, from a test that has them in its hands. */
export async function startStage(): Promise<Stage> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'stage-')));
  const state = join(folder, '.state');
  const playground = await openPlayground(['oslo', 'bergen'], { tls: true }, folder);
  const [oslo, bergen] = playground.devices as [PracticeDevice, PracticeDevice];
  const known = openKnownDevices(join(state, 'known-devices.json'));
  await withPlaygroundSessions(playground, known, (sessions) =>
    furnishPlayground(playground, sessions, { paired: true, deviceBackups: join(state, 'device-backups') }),
  );
  const uri = pathToFileURL(playground.manifest).href;
  const editor = await startEditor(folder, state);
  editor.answers.secret = ({ credential }) => (credential === 'archivePassphrase' ? ARCHIVES : undefined);
  return {
    editor,
    playground,
    uri,
    folder,
    state,
    oslo,
    bergen,
    secrets: playground.secrets,
    async close() {
      await editor.close();
      await playground.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A manifest that names no source of any secret: a person is asked. */
export const withoutSources = (manifest: string): string =>
  manifest.replace(/, +passphrase: \{[^}]*\}/g, '').replace(/^ +(backup|unlock)Passphrase:.*\n/gm, '');

const NAMES: Record<string, keyof Secrets> = {
  administrator: 'administrator',
  backup: 'backup',
  metrics: 'metrics',
  namespaceAdministrator: 'replicator',
  backupPassphrase: 'backup-passphrase',
  unlockPassphrase: 'unlock-passphrase',
};

/** What a person answers who knows the devices' secrets. */
export const rightAnswer = ({ secrets }: Pick<Stage, 'secrets'>, { credential }: { credential: string }) =>
  secrets[NAMES[credential] as keyof Secrets] as string | undefined;
