import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readState } from '../../core/device/health.ts';
import type { Session } from '../../core/device/session.ts';
import { unlock } from '../../core/device/unlock.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { type PracticeDevice, type PracticeOptions, startPracticeDevice } from '../../practice/index.ts';
import { loadManifest } from '../manifest.ts';
import type { Run } from '../run.ts';
import { deviceBackupsFolder, withSessions } from '../sessions.ts';
import { addKeys, addNamespace, addUsers, provisionPractice } from './furnish.ts';
import { makeSecrets, type Place, type Secrets, writePlayground } from './layout.ts';

/** Practice devices that are up, and the folder with their manifest. */
export interface Playground {
  folder: string;
  manifest: string;
  places: Place[];
  secrets: Secrets;
  devices: PracticeDevice[];
  close(): Promise<void>;
}

/** Starts practice devices, provisioned, each with a Domain Key of its own, and writes a manifest for them. */
export async function openPlayground(
  names: readonly string[],
  kind: Pick<PracticeOptions, 'nodes' | 'release' | 'tls'>,
  options: { folder?: string | undefined; cwd: string },
): Promise<Playground> {
  const folder =
    options.folder === undefined
      ? await mkdtemp(join(tmpdir(), 'nethsm-practice-'))
      : resolve(options.cwd, options.folder);
  const secrets = makeSecrets();
  const devices: PracticeDevice[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(devices.map((device) => device.close()));
  };
  try {
    for (const _ of names) devices.push(await startPracticeDevice(kind));
    await Promise.all(devices.map((device) => provisionPractice(device, secrets)));
    const places = names.map((name, i) => {
      const { nodes } = devices[i] as PracticeDevice;
      return { name, nodes: nodes.map(({ url, pin }) => ({ url, ...(pin !== undefined && { pin }) })) };
    });
    const manifest = await writePlayground(folder, places, secrets);
    return { folder, manifest, places, secrets, devices, close };
  } catch (error) {
    await close();
    throw error;
  }
}

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

/** Adds users everywhere, and, unless they stay fresh, a namespace with keys on the first device, whose Domain Key the others take over. */
export function furnish(run: Run, playground: Playground, how: { paired: boolean }): Promise<void> {
  const { secrets } = playground;
  return withPlayground(run, playground, async (sessions) => {
    for (const { node } of sessions) await addUsers(node, secrets);
    const [first, ...others] = sessions;
    if (first === undefined || !how.paired) return;
    const deviceBackups = deviceBackupsFolder(trusting(run, playground));
    for (const to of others) {
      await pairDevices({ from: first, to: asSingle(to) }, { signal: run.signal, deviceBackups });
      for (const node of to.device.nodes) {
        if ((await readState(node)) === 'Locked') await unlock(node, secrets['unlock-passphrase']);
      }
    }
    await addNamespace(first.node, secrets);
    await addKeys(first.node, secrets, ['card-1', 'card-2', 'card-3']);
  });
}

/** Pairing refuses clusters, whose other nodes were never seen in a whole restore; a practice cluster takes it. */
const asSingle = (session: Session): Session => ({ ...session, device: { ...session.device, nodes: [session.node] } });
