import { setTimeout as sleep } from 'node:timers/promises';
import { isProblem } from '../problem.ts';
import type { Answer } from './answer.ts';
import { ENDPOINTS } from './endpoints.ts';
import { exchange, type Line } from './exchange.ts';
import type { KnownDevices } from './known-devices.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import type { Call, DeviceNode, NodeInternals, RequestEvent } from './node.ts';
import { setInternals } from './node.ts';

import { type DeviceConfig, type NodeConfig, nodeAddress } from './node-config.ts';
import { isPassing, transportProblem } from './transport-problem.ts';
import { knownConnector, openSocket } from './trust.ts';
import { Pool } from './undici.ts';

export interface ConnectOptions {
  known: KnownDevices;
  limits?: Partial<Limits>;
  onRequest?: (event: RequestEvent) => void;
}

/** A device and the pools of connections to its nodes. */
export interface Device {
  name: string;
  nodes: DeviceNode[];
  /** Ends all connections; what is under way fails. A restore body on its way has a connection of its own and goes on. */
  close(): Promise<void>;
}

/** Makes the client of a device. Nothing is sent yet; throws `invalid` or `refused` for an address that can't be used. */
export function connectDevice(config: DeviceConfig, options: ConnectOptions): Device {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const lines = config.nodes.map((node) => lineTo(config.name, node, limits, options));
  return {
    name: config.name,
    nodes: lines.map(nodeOf),
    close: async () => {
      await Promise.all(lines.map(({ pool }) => pool.destroy()));
    },
  };
}

function lineTo(device: string, config: NodeConfig, limits: Limits, options: ConnectOptions): Line {
  const place = `${device} (${config.url})`;
  const address = nodeAddress(config.url, device);
  const connect = knownConnector(address, config.tls, limits, options.known, place);
  const pool = new Pool(address.origin, {
    connect,
    allowH2: false,
    connections: limits.connections,
    pipelining: 1,
    maxHeaderSize: 32_768,
  });
  const internals: NodeInternals = {
    address,
    limits,
    connect: (signal) => openSocket(connect, address, signal),
    report: (event) => options.onRequest?.({ ...event, node: config.url }),
    restored: false,
    own: { begun: 0, ended: 0, done: 0 },
  };
  return { device, url: config.url, place, pool, internals };
}

function nodeOf(line: Line): DeviceNode {
  const node: DeviceNode = {
    device: line.device,
    url: line.url,
    place: line.place,
    request: (call, read) => request(line, call, read),
    open: (call) => open(line, call),
  };
  setInternals(node, line.internals);
  return node;
}

async function open(line: Line, call: Call): Promise<Answer> {
  const limit = timeLimit(line.internals.limits.overall, call.signal);
  try {
    return await exchange(line, call, limit.signal);
  } catch (error) {
    throw transportProblem(error, { place: line.place, writes: isWrite(call), signal: call.signal });
  } finally {
    // From here on only the caller's signal and the idle limit end it.
    limit.clear();
  }
}

const isWrite = (call: Call): boolean => ENDPOINTS[call.endpoint][2] === 'write';

/** How long to wait before each repetition, ms; a throttled user is free again after a second. */
const PAUSES = [250, 1200];

async function request<T>(line: Line, call: Call, read: (answer: Answer) => Promise<T>): Promise<T> {
  const repeatable = ENDPOINTS[call.endpoint][2] === 'read';
  const limit = timeLimit(line.internals.limits.overall, call.signal);
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        return await once(line, call, limit.signal, read);
      } catch (error) {
        const pause = PAUSES[attempt];
        if (!repeatable || pause === undefined || !isWorthRepeating(error)) throw error;
        // A random part, so that many clients do not come back at the same moment.
        await sleep(isProblem(error, 'throttled') ? 1200 : pause * (0.75 + Math.random() / 2), undefined, {
          signal: limit.signal,
        });
      }
    }
  } catch (error) {
    throw transportProblem(error, { place: line.place, writes: isWrite(call), signal: call.signal });
  } finally {
    limit.clear();
  }
}

async function once<T>(line: Line, call: Call, signal: AbortSignal, read: (answer: Answer) => Promise<T>): Promise<T> {
  const answer = await exchange(line, call, signal);
  try {
    return await read(answer);
  } catch (error) {
    answer.body.on('error', () => {}).destroy();
    throw error;
  }
}

const isWorthRepeating = (error: unknown): boolean =>
  isProblem(error, 'busy', 'throttled') || isPassing(isProblem(error) ? error.cause : error);

/** The caller's signal, and one more reason to stop. */
function timeLimit(ms: number, signal: AbortSignal | undefined): { signal: AbortSignal; clear(): void } {
  const own = new AbortController();
  const timer = setTimeout(() => own.abort(new DOMException('time limit', 'TimeoutError')), ms);
  return {
    signal: signal === undefined ? own.signal : AbortSignal.any([own.signal, signal]),
    clear: () => clearTimeout(timer),
  };
}
