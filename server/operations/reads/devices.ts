import type { Finding } from '../../../core/doctor/finding.ts';
import { ROOT } from '../../../core/names.ts';
import { devicesOf } from '../../../core/replication/policy.ts';
import { policiesOf } from '../../../core/replication/policy-of.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import { knownDevicesFile } from '../engine/sessions.ts';
import { addressesOf } from '../look/addresses.ts';
import { lookAtDevice } from '../look/device.ts';
import { inEditorWords } from '../look/editor-words.ts';
import { problemData } from '../look/problem-data.ts';
import { standingOf } from '../look/standing.ts';
import type { DeviceView, FindingView, Fresh, NodeView } from '../protocol.ts';
import { deviceCannot } from './cannot.ts';

/** The devices of a manifest. */
export async function devices(
  engine: Engine,
  { manifest, ...fresh }: { manifest: string } & Fresh,
): Promise<{ devices: DeviceView[] }> {
  const saved = await engine.manifests.valid(manifest);
  const names = Object.keys(saved.manifest.devices);
  return { devices: await Promise.all(names.map((name) => deviceView(engine, saved, name, fresh))) };
}

async function deviceView(engine: Engine, saved: SavedManifest, device: string, fresh: Fresh): Promise<DeviceView> {
  const { trusted } = engine.options;
  const look = await lookAtDevice(engine, saved, device, trusted ? fresh : {});
  const { value, at } = look;
  const { problem, ...standing } = standingOf(engine, saved, device, look);
  const findings = knownFindings(engine, saved, device);
  return {
    device,
    ...standing,
    ...(value?.release !== undefined && { release: value.release }),
    nodes: (value?.nodes ?? addressesOf(saved, device).map((url) => ({ url }))).map((node) =>
      withConfirmation(engine, node),
    ),
    namespaces: namespacesOf(saved, device),
    ...(problem && { problem: problemData(problem) }),
    ...(findings && { findings: findings.filter(({ ok }) => !ok).length }),
    ...(at !== undefined && { at }),
    cannot: deviceCannot(trusted, device, standing.state),
  };
}

function withConfirmation(engine: Engine, node: NodeView): NodeView {
  if (node.pin === undefined) return node;
  const known = knownDevicesFile(engine.stateFolder());
  return { ...node, confirmed: known.check(new URL(node.url).origin, node.pin) };
}

/** The namespaces of the manifest that a device has a part in. */
export const namespacesOf = ({ manifest, folder }: SavedManifest, device: string) =>
  [...policiesOf(manifest, folder).values()]
    .filter((policy) => devicesOf(policy).includes(device))
    .map(({ namespace }) => namespace)
    .sort((a, b) => Number(a === ROOT) - Number(b === ROOT));

const findingsKey = ({ uri }: SavedManifest, device: string): string => `${uri}\nfindings\n${device}`;

/** What doctor found the last time. */
export function knownFindings(engine: Engine, saved: SavedManifest, device: string): FindingView[] | undefined {
  return engine.cache.known<Finding[]>(findingsKey(saved, device)).value?.map(({ check, ok, detail, remedy }) => ({
    check,
    ok,
    text: detail,
    ...(remedy !== undefined && { remedy: inEditorWords(remedy) }),
  }));
}

export const keepFindings = (engine: Engine, saved: SavedManifest, device: string, findings: Finding[]): void =>
  engine.cache.put(findingsKey(saved, device), findings);
