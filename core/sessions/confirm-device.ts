import type { KnownDevicesFile } from '../device/known-devices.ts';
import type { DeviceConfig, NodeConfig } from '../device/node-config.ts';
import { probePin } from '../device/probe.ts';
import { isProblem, type Problem } from '../problem.ts';

/** A node whose address or public key nobody has confirmed yet. */
export interface UnconfirmedNode {
  device: string;
  origin: string;
  /** `sha256:<hex>`, or `loopback-http`. */
  pin: string;
  /** `changed`: another public key was confirmed for the address before. */
  verdict: 'new' | 'changed';
}

/** How nodes are confirmed. */
export interface Confirming {
  known: KnownDevicesFile;
  /** Resolves when passphrases may go there, which is remembered; throws a Problem `untrusted` when not. */
  confirm(node: UnconfirmedNode): Promise<void>;
  /** Told of each node that does not answer while another does. */
  onSilent?: (device: string, problem: Problem) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Makes sure that address and public key of every node that answers are confirmed, before a secret goes there. Gives the
 * place of the first node that answers among the nodes. Throws a Problem `untrusted`, and `unreachable` when no node answers.
 */
export async function confirmNodes(config: DeviceConfig, confirming: Confirming): Promise<number> {
  const silent: Problem[] = [];
  let first: number | undefined;
  for (const [i, node] of config.nodes.entries()) {
    try {
      await confirmNode(config.name, node, confirming);
      first ??= i;
    } catch (error) {
      if (!isProblem(error, 'unreachable')) throw error;
      silent.push(error);
    }
  }
  const [problem] = silent;
  if (first === undefined && problem !== undefined) throw problem;
  for (const one of silent) confirming.onSilent?.(config.name, one);
  return first ?? 0;
}

async function confirmNode(device: string, node: NodeConfig, { known, confirm, signal }: Confirming): Promise<void> {
  const { origin, pin } = await probePin(node, { signal });
  const verdict = known.check(origin, pin);
  if (verdict === 'known') return;
  await confirm({ device, origin, pin, verdict });
  await known.confirm(origin, pin);
}
