import { Problem } from '../problem.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import type { CallOptions } from './node.ts';
import { type NodeConfig, nodeAddress } from './node-config.ts';
import { transportProblem } from './transport-problem.ts';
import { checkedConnector, LOOPBACK_PIN, openSocket } from './trust.ts';

/** Whom a node shows itself to be. */
export interface ProbedPin {
  origin: string;
  /** `sha256:<hex>` of its public key, or `loopback-http`. */
  pin: string;
}

/**
 * Connects to a node as its configuration says, sends nothing, and tells origin and pin for a person to confirm. Throws
 * `untrusted` when the configuration does not accept it (the cause then names the key it showed), `unreachable`.
 */
export async function probePin(
  config: NodeConfig,
  options: CallOptions & { limits?: Partial<Limits> } = {},
): Promise<ProbedPin> {
  const { origin, secure } = nodeAddress(config.url, config.url);
  if (!secure) return { origin, pin: LOOPBACK_PIN };
  const { pin, problem } = await observe(config, options);
  if (problem === undefined) return { origin, pin };
  if (config.tls.kind === 'pins' || problem.kind !== 'untrusted') throw problem;
  // The chain or the name was not accepted: look once more without them, for the key that a person could pin.
  const shown = await observe({ ...config, tls: { kind: 'pins', pins: [] } }, options);
  throw new Problem(
    {
      kind: 'untrusted',
      place: problem.place,
      cause: shown.pin === '' ? problem.reason : `${problem.reason}; it showed the public key ${shown.pin}`,
      remedy: problem.remedy,
    },
    { cause: problem },
  );
}

/** The pin that a node shows, and why it is not accepted. */
async function observe(
  config: NodeConfig,
  options: CallOptions & { limits?: Partial<Limits> },
): Promise<{ pin: string; problem?: Problem }> {
  const address = nodeAddress(config.url, config.url);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  let seen = '';
  const note = (pin: string) => {
    seen = pin;
    return undefined;
  };
  try {
    (
      await openSocket(checkedConnector(address.secure, config.tls, limits, note, config.url), address, options.signal)
    ).destroy();
    return { pin: seen };
  } catch (error) {
    return {
      pin: seen,
      problem: transportProblem(error, { place: config.url, writes: false, signal: options.signal }),
    };
  }
}
