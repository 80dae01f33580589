import { readState } from '../../core/device/health.ts';
import type { Session } from '../../core/device/session.ts';
import { unlock } from '../../core/device/unlock.ts';
import type { WorkOptions } from '../../core/progress.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { type PracticeDevice, type PracticeOptions, startPracticeDevice } from '../index.ts';
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
  folder: string,
): Promise<Playground> {
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

/** How a playground is furnished. */
export interface Furnishing extends WorkOptions {
  /** Whether the devices share the Domain Key of the first, and it holds a namespace with keys. */
  paired: boolean;
  deviceBackups: string;
}

/** Adds users everywhere, and, unless they stay fresh, a namespace with keys on the first device, whose Domain Key the others take over. */
export async function furnishPlayground(
  { secrets }: Playground,
  sessions: readonly Session[],
  { paired, deviceBackups, signal }: Furnishing,
): Promise<void> {
  for (const { node } of sessions) await addUsers(node, secrets);
  const [first, ...others] = sessions;
  if (first === undefined || !paired) return;
  for (const to of others) {
    await pairDevices({ from: first, to: asSingle(to) }, { ...(signal && { signal }), deviceBackups });
    for (const node of to.device.nodes) {
      if ((await readState(node)) === 'Locked') await unlock(node, secrets['unlock-passphrase']);
    }
  }
  await addNamespace(first.node, secrets);
  await addKeys(first.node, secrets, ['card-1', 'card-2', 'card-3']);
}

/** Pairing refuses clusters, whose other nodes were never seen in a whole restore; a practice cluster takes it. */
const asSingle = (session: Session): Session => ({ ...session, device: { ...session.device, nodes: [session.node] } });
