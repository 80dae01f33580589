import { join } from 'node:path';
import { type KnownDevicesFile, openKnownDevices } from '../core/device/known-devices.ts';
import type { DeviceConfig, NodeConfig } from '../core/device/node-config.ts';
import { probePin } from '../core/device/probe.ts';
import { LOOPBACK_PIN } from '../core/device/trust.ts';
import { isProblem, Problem } from '../core/problem.ts';
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
export async function confirmDevice(run: Run, known: KnownDevicesFile, config: DeviceConfig): Promise<number> {
  const silent: Problem[] = [];
  let first: number | undefined;
  for (const [i, node] of config.nodes.entries()) {
    try {
      await confirmNode(run, known, config.name, node);
      first ??= i;
    } catch (error) {
      if (!isProblem(error, 'unreachable')) throw error;
      silent.push(error);
    }
  }
  const [problem] = silent;
  if (first === undefined && problem !== undefined) throw problem;
  for (const { place } of silent) run.note(printable(`${config.name}: ${place} does not answer; its other nodes do.`));
  return first ?? 0;
}

async function confirmNode(run: Run, known: KnownDevicesFile, name: string, node: NodeConfig): Promise<void> {
  const { origin, pin } = await probePin(node, { signal: run.signal });
  const verdict = known.check(origin, pin);
  if (verdict === 'known') return;
  if (verdict === 'new' && run.trustNewDevices) run.note(`New device ${shown(name, origin, pin)}: accepted.`);
  else if (!(await isConfirmed(run, name, { origin, pin, verdict }))) throw unconfirmed(name, { origin, pin, verdict });
  await known.confirm(origin, pin);
}

interface Shown {
  origin: string;
  pin: string;
  verdict: 'new' | 'changed';
}

const describe = (pin: string): string =>
  pin === LOOPBACK_PIN ? 'on this machine, without TLS' : `with the public key ${pin}`;
const shown = (name: string, origin: string, pin: string): string => printable(`${name} at ${origin} ${describe(pin)}`);

async function isConfirmed(run: Run, name: string, { origin, pin, verdict }: Shown): Promise<boolean> {
  if (!canAsk(run.around)) return false;
  run.note(
    verdict === 'new'
      ? `New device ${shown(name, origin, pin)}.`
      : `CAUTION: ${printable(name)} at ${origin} was confirmed with another public key before. Now it comes ${describe(pin)}.`,
    ...(pin === LOOPBACK_PIN ? [] : ['Compare the key with config/tls/public.pem of the device itself.']),
  );
  return askYes(run.around, 'Is it the right one, and may passphrases go there?', run.signal);
}

function unconfirmed(name: string, { origin, pin, verdict }: Shown): Problem {
  const isNew = verdict === 'new';
  return new Problem({
    kind: 'untrusted',
    place: name,
    cause: isNew
      ? `${origin} ${describe(pin)} was never confirmed; nothing was sent`
      : `${origin} came ${describe(pin)}, and another one was confirmed before; nothing was sent`,
    remedy: isNew
      ? 'Run the same command on a terminal and confirm it, or say --trust-new-devices if you know the address to be right'
      : 'If its certificate was renewed on purpose, run the same command on a terminal and confirm the new key; if not, somebody is in between',
  });
}
