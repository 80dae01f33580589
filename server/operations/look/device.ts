import { asProblem } from '../../../core/as-problem.ts';
import { readState } from '../../../core/device/health.ts';
import { systemInfo } from '../../../core/device/info.ts';
import { listNamespaces } from '../../../core/device/namespaces.ts';
import type { Session } from '../../../core/device/session.ts';
import { isProblem, type Problem } from '../../../core/problem.ts';
import { policiesOf } from '../../../core/replication/policy-of.ts';
import type { Known } from '../engine/cache.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import type { DeviceState, Fresh, NodeView } from '../protocol.ts';
import { addressesOf } from './addresses.ts';
import { glanceAt } from './glance.ts';

/** What was seen of a device. */
export interface DeviceSeen {
  state: Exclude<DeviceState, 'connecting'>;
  release?: string;
  /** All its namespaces, where the administrator could be asked. */
  namespaces?: readonly string[];
  nodes: NodeView[];
  problem?: Problem;
  /** Whether it did not take the administrator's passphrase. */
  isRefused?: boolean;
}

const keyOf = ({ uri }: SavedManifest, device: string): string => `${uri}\ndevice\n${device}`;

/** What is known of a device without asking it. */
export const knownDevice = (engine: Engine, saved: SavedManifest, device: string): Known<DeviceSeen> =>
  engine.cache.known<DeviceSeen>(keyOf(saved, device));

/** State, release and nodes of a device. One that can't be asked is an answer too. */
export function lookAtDevice(
  engine: Engine,
  saved: SavedManifest,
  device: string,
  fresh: Fresh,
): Promise<Known<DeviceSeen>> {
  const sight = { key: keyOf(saved, device), reason: `to look at ${device}`, what: 'devices' as const };
  return glanceAt(engine, saved, sight, fresh, () => see(engine, saved, device));
}

async function see(engine: Engine, saved: SavedManifest, device: string): Promise<DeviceSeen> {
  const seen = await engine.sessions
    .use(saved, [device], (session) => ask(session))
    .catch((error: unknown): DeviceSeen => {
      const problem = asProblem(error);
      if (problem.kind === 'cancelled') throw problem;
      return { state: stateOf(problem), nodes: [], problem };
    });
  const pins = engine.sessions.pins(saved, device) ?? [];
  const nodes = addressesOf(saved, device).map((url): NodeView => {
    const pin = pins.find(({ origin }) => origin === new URL(url).origin)?.pin;
    const answers = seen.nodes.find((node) => node.url === url)?.answers;
    return { url, ...(pin !== undefined && { pin }), ...(answers !== undefined && { answers }) };
  });
  note(engine, saved, device, { ...seen, nodes });
  return { ...seen, nodes };
}

/** What a Problem says of the state of a device. */
function stateOf({ kind }: Problem): DeviceSeen['state'] {
  if (kind === 'untrusted') return 'untrusted';
  if (kind === 'locked') return 'Locked';
  if (kind === 'failed') return 'Failed';
  return kind === 'unreachable' ? 'unreachable' : 'unknown';
}

async function ask(session: Session): Promise<DeviceSeen> {
  const state = await readState(session.node);
  const others = session.device.nodes.map(async (node): Promise<NodeView> => {
    if (node === session.node) return { url: node.url, answers: true };
    return {
      url: node.url,
      answers: await readState(node).then(
        () => true,
        () => false,
      ),
    };
  });
  const seen: DeviceSeen = { state, nodes: await Promise.all(others) };
  if (state !== 'Operational') return seen;
  let wasGiven = false;
  try {
    const administrator = await session.administrator();
    wasGiven = true;
    const { softwareVersion } = await systemInfo(session.node, administrator);
    const namespaces = (await listNamespaces(session.node, administrator)).sort();
    return { ...seen, release: softwareVersion, namespaces };
  } catch (error) {
    // Without its administrator a device is still seen to be up.
    if (isProblem(error) && error.kind !== 'cancelled') {
      return { ...seen, problem: error, isRefused: wasGiven && error.kind === 'unauthorised' };
    }
    throw error;
  }
}

/** Tells the language features. */
function note(engine: Engine, saved: SavedManifest, device: string, seen: DeviceSeen): void {
  const { state, release, namespaces, nodes, isRefused } = seen;
  if (state === 'unknown' || state === 'untrusted') return;
  const pin = nodes.find(({ pin }) => pin?.startsWith('sha256:'))?.pin;
  engine.facts.setDevice(saved.uri, device, {
    at: engine.now(),
    state,
    ...(release !== undefined && { release }),
    ...(namespaces !== undefined && { namespaces }),
    ...(pin !== undefined && { pin }),
    ...(isRefused && { roles: { administrator: 'refused' } }),
    ...domainOf(engine, saved, device),
  });
}

/** The domain of a device, as the last run of any of its namespaces saw it. */
function domainOf(engine: Engine, saved: SavedManifest, device: string): { domain?: string } {
  const journal = engine.journals.existing(saved.path);
  const seen = [...policiesOf(saved.manifest, saved.folder).keys()]
    .map((namespace) => journal?.seen(namespace, device))
    .filter((one) => one !== undefined);
  const last = seen.reduce<(typeof seen)[0] | undefined>((a, b) => (a !== undefined && a.at > b.at ? a : b), undefined);
  return last === undefined ? {} : { domain: last.domain };
}
