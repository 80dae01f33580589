import type { Socket } from 'node:net';
import type { Answer } from './answer.ts';
import type { EndpointName, PathParams } from './endpoints.ts';
import type { Limits } from './limits.ts';
import type { NodeAddress } from './node-config.ts';

/** A user of a device, `namespace~name` included, with its passphrase. */
export interface Credential {
  user: string;
  passphrase: string;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** One request, by the allow-list. */
export interface Call extends CallOptions {
  endpoint: EndpointName;
  params?: PathParams;
  /** Undefined for the few endpoints that need none. */
  credential: Credential | undefined;
  json?: unknown;
  content?: { type: string; data: Uint8Array };
  /** Only if the ETag is this one still. */
  ifMatch?: string | undefined;
  /** Only if there is none yet. */
  createOnly?: boolean;
  /** Whether 304 means that it was so already. */
  notModified?: boolean;
  /** A secret in `json` that must not be guessed twice, and the name it goes under. */
  guarded?: { name: string; secret: string };
}

/** What was asked and how it ended, for logs: never a body or a credential. */
export interface RequestEvent {
  method: string;
  path: string;
  node: string;
  ms: number;
  /** Undefined when no answer came. */
  status: number | undefined;
}

/** One node of a device: the only way to send it something. */
export interface DeviceNode {
  /** The device's name in the manifest. */
  readonly device: string;
  readonly url: string;
  /** How errors name it. */
  readonly place: string;
  /** Asks and reads; what is safe to repeat is repeated a few times. Throws Problems of the device's kinds. */
  request<T>(call: Call, read: (answer: Answer) => Promise<T>): Promise<T>;
  /** Asks, and leaves the body to the caller, who must read or destroy it. Never repeated. */
  open(call: Call): Promise<Answer>;
}

/** What only this folder needs of a node. */
export interface NodeInternals {
  address: NodeAddress;
  limits: Limits;
  /** A checked connection of its own, for a restore. */
  connect(signal?: AbortSignal): Promise<Socket>;
  report(event: Omit<RequestEvent, 'node'>): void;
  /** Set once a restore body went to the node. */
  restored: boolean;
  own: OwnWrites;
}

/** What this process wrote to a node, to tell it from what others write: `kv write` counts both. */
export interface OwnWrites {
  /** Writes that were sent, and those of them that ended in whatever way. */
  begun: number;
  ended: number;
  /** Writes that the node said it did; each raised its `kv write` by one. */
  done: number;
}

/** What this process wrote to a node so far. */
export const ownWrites = (node: DeviceNode): OwnWrites => ({ ...internalsOf(node).own });

const internals = new WeakMap<DeviceNode, NodeInternals>();

/** For `connectDevice` only. */
export function setInternals(node: DeviceNode, value: NodeInternals): void {
  internals.set(node, value);
}

export function internalsOf(node: DeviceNode): NodeInternals {
  const value = internals.get(node);
  if (value === undefined) throw new TypeError('this node was not made by connectDevice');
  return value;
}
