import { connectDevice } from '../../../core/device/device.ts';
import { systemInfo } from '../../../core/device/info.ts';
import { nodeAddress, type TlsTrust } from '../../../core/device/node-config.ts';
import { LOOPBACK_PIN } from '../../../core/device/trust.ts';
import { whyNoId } from '../../../core/names.ts';
import { Problem } from '../../../core/problem.ts';
import { deviceEdit } from '../../../schemas/device-edit.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import { knownDevicesFile } from '../engine/sessions.ts';
import type { CommandParams } from '../protocol.ts';
import { probe } from '../reads/probe.ts';
import type { Command } from './carry-out.ts';
import { editOf } from './manifest-edits.ts';
import { makeResult } from './results.ts';

/**
 * Adds a device to the manifest: what the person confirmed is what answers still, the secrets are tried, then the entry is
 * given as a small edit. The manifest itself is written by the editor.
 */
export const addDevice: Command<'addDevice'> = {
  reason: ({ name }) => `to add ${name}`,
  changes: false,
  async run(engine, params, { signal }) {
    const { manifest, name, url, administrator, backup } = params;
    const saved = await engine.manifests.valid(manifest);
    requireNew(saved, name, url);
    const found = await probe(engine, { url }, signal);
    const { pin = LOOPBACK_PIN } = params;
    if (found.pin !== pin) throw anotherKey(name, url, found.pin);
    const known = knownDevicesFile(engine.stateFolder());
    await known.confirm(found.origin, found.pin);
    const lines = [`${url} is ${found.state}.`];
    if (administrator !== undefined) lines.push(await tryAdministrator(engine, params, pin, administrator));
    const change = deviceEdit(saved.text, name, {
      url,
      ...(found.pin !== LOOPBACK_PIN && { pin: found.pin }),
      ...(administrator !== undefined && { administrator }),
      ...(backup !== undefined && { backup }),
    });
    const result = makeResult(
      'done',
      { asked: 1, done: 1, verified: 1 },
      `${name} is confirmed, and in the manifest.`,
      ['', ...lines],
    );
    return { ...result, edit: editOf(saved, [change]) };
  },
};

function requireNew({ manifest: { devices }, file }: SavedManifest, name: string, url: string): void {
  const { origin } = nodeAddress(url, name);
  const isSame = (other: string): boolean => URL.canParse(other) && new URL(other).origin === origin;
  const [twin] =
    Object.entries(devices).find(([, one]) => [one, ...(one.nodes ?? [])].some((node) => isSame(node.url ?? ''))) ?? [];
  const fail = (kind: 'exists' | 'invalid', cause: string, remedy: string) =>
    new Problem({ kind, place: file, cause, remedy });
  const why = whyNoId(name);
  if (why !== undefined) throw fail('invalid', why, 'Choose another name');
  if (Object.hasOwn(devices, name)) throw fail('exists', `there is a device ${name} already`, 'Choose another name');
  if (twin !== undefined) throw fail('exists', `${origin} is the address of ${twin} already`, 'Use that device');
}

const anotherKey = (place: string, url: string, pin: string): Problem =>
  new Problem({
    kind: 'untrusted',
    place,
    cause: `${url} shows another public key now (${pin}) than the one that was confirmed; nothing was sent`,
    remedy: 'Start again, and compare the key with that of the device',
  });

/** Tries the administrator's passphrase; the editor keeps it for this address and key. */
async function tryAdministrator(
  engine: Engine,
  { manifest, name, url }: CommandParams['addDevice'],
  pin: string,
  user: string,
): Promise<string> {
  const saved = await engine.manifests.valid(manifest);
  const { origin, secure } = nodeAddress(url, name);
  const tls: TlsTrust = secure ? { kind: 'pins', pins: [pin] } : { kind: 'system' };
  const known = knownDevicesFile(engine.stateFolder());
  const device = connectDevice({ name, nodes: [{ url, tls }] }, { known });
  try {
    const [node] = device.nodes;
    if (node === undefined) throw new TypeError('a device has a node');
    const secrets = engine.secrets.getter(saved, name, { places: [{ origin, pin }], node: () => node, user });
    const wanted = { owner: name, credential: 'administrator', title: `passphrase of ${user} on ${name}` };
    const passphrase = await secrets.get(wanted);
    const { softwareVersion } = await systemInfo(node, { user, passphrase });
    return `${user} is an R-Administrator; release ${softwareVersion}.`;
  } finally {
    await device.close();
  }
}
