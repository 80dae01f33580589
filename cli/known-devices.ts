import { join } from 'node:path';
import { type KnownDevicesFile, openKnownDevices } from '../core/device/known-devices.ts';
import type { DeviceConfig } from '../core/device/node-config.ts';
import { LOOPBACK_PIN } from '../core/device/trust.ts';
import { Problem } from '../core/problem.ts';
import { confirmNodes, type UnconfirmedNode } from '../core/sessions/confirm-device.ts';
import type { Run } from './run.ts';
import { askYes, canAsk } from './terminal/prompt.ts';
import { printable } from './terminal/text.ts';

/** The known-devices file of the state folder. */
export const knownDevices = (run: Run): KnownDevicesFile =>
  openKnownDevices(join(run.stateFolder(), 'known-devices.json'));

/**
 * Makes sure that a person, or `--trust-new-devices`, has confirmed address and public key of every node that answers,
 * before a secret goes there. A changed key is never accepted without a person. Gives the place of the first node that
 * answers among the nodes. Throws a Problem `untrusted`, and `unreachable` when no node answers.
 */
export const confirmDevice = (run: Run, known: KnownDevicesFile, config: DeviceConfig): Promise<number> =>
  confirmNodes(config, {
    known,
    signal: run.signal,
    async confirm(node) {
      if (node.verdict === 'new' && run.trustNewDevices) run.note(`New device ${shown(node)}: accepted.`);
      else if (!(await isConfirmed(run, node))) throw unconfirmed(node);
    },
    onSilent: (device, { place }) => run.note(printable(`${device}: ${place} does not answer; its other nodes do.`)),
  });

const describe = (pin: string): string =>
  pin === LOOPBACK_PIN ? 'on this machine, without TLS' : `with the public key ${pin}`;
const shown = ({ device, origin, pin }: UnconfirmedNode): string =>
  printable(`${device} at ${origin} ${describe(pin)}`);

async function isConfirmed(run: Run, node: UnconfirmedNode): Promise<boolean> {
  const { device, origin, pin, verdict } = node;
  if (!canAsk(run.around)) return false;
  run.note(
    verdict === 'new'
      ? `New device ${shown(node)}.`
      : `CAUTION: ${printable(device)} at ${origin} was confirmed with another public key before. Now it comes ${describe(pin)}.`,
    ...(pin === LOOPBACK_PIN ? [] : ['Compare the key with config/tls/public.pem of the device itself.']),
  );
  return askYes(run.around, 'Is it the right one, and may passphrases go there?', run.signal);
}

function unconfirmed({ device, origin, pin, verdict }: UnconfirmedNode): Problem {
  const isNew = verdict === 'new';
  return new Problem({
    kind: 'untrusted',
    place: device,
    cause: isNew
      ? `${origin} ${describe(pin)} was never confirmed; nothing was sent`
      : `${origin} came ${describe(pin)}, and another one was confirmed before; nothing was sent`,
    remedy: isNew
      ? 'Run the same command on a terminal and confirm it, or say --trust-new-devices if you know the address to be right'
      : 'If its certificate was renewed on purpose, run the same command on a terminal and confirm the new key; if not, somebody is in between',
  });
}
