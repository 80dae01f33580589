/** The harness's own book of every key that was ever acknowledged to anybody on any device, and of who took it away. */
import type { DeviceName } from '../devices.ts';
import { world } from '../world/world.ts';
import type { Held } from './content.ts';

/** Something that happened to a key on a device. */
export interface Happened {
  device: DeviceName;
  id: string;
  material: string;
  /** Place in the order of all writes. */
  turn: number;
  at: number;
  by: string;
}

export interface Ledger {
  /** Counts all writes to all stores. */
  turn: number;
  /** Keys as they came into being, whoever made them, copies by the engine included; by id and material. */
  made: Map<string, Happened[]>;
  /** Keys that a keeper took away on purpose: deleted, moved elsewhere, or replaced. */
  deliberate: Map<string, Happened[]>;
  /** Keys that went because somebody deleted their namespace: nobody decided about each. */
  swept: Map<string, Happened[]>;
  /** Sealed values that a journal said it keeps: device, id and material. */
  archived: Set<string>;
  /** Ids on which a person decided, and for which device. */
  resolved: Map<string, DeviceName>;
  /** When a key that is on a device came there: what an append must not run over. */
  arrived: Record<DeviceName, Map<string, Happened & { engine: boolean }>>;
  /** When a device's whole store was last put back by somebody. */
  exchanged: Record<DeviceName, number>;
  /** The same in milliseconds since 1970. */
  exchangedAt: Record<DeviceName, number>;
  /** For each life of a process and device: the turn at which its last listing of keys, or reading of one key, was answered. */
  looks: Map<string, number>;
  /** Operators whom a keeper deleted. */
  peopleGone: Set<string>;
  /** Sealed entries of users that ever were on a device, by path: who comes back must be one of them. */
  people: Map<string, Buffer[]>;
  /** Deletions of the engine by comparison (of which a switchover has several), and device. */
  deletions: Map<string, number>;
  /** What each journal said last of each link: since when it is in sync, in milliseconds since 1970. */
  inSync: Map<string, number>;
  /** Comparisons that each life wrote into its journal. */
  compared: Map<string, number>;
  /** Leases that were taken, by life and device: each begins a comparison, unless one is held for several. */
  leases: Map<string, number>;
  /** The life that put the lease that is on a device. */
  holders: Record<DeviceName, string | undefined>;
  /** Runs in which a restore body was reset, and the device that takes no writes since. */
  blocked: Map<string, DeviceName>;
  /** Failovers that anybody tried: without one there is never a second head. */
  failovers: number;
  /** Refused passphrases by life, device and credential. */
  guesses: Map<string, number>;
}

export const createLedger = (): Ledger => ({
  turn: 0,
  made: new Map(),
  deliberate: new Map(),
  swept: new Map(),
  archived: new Set(),
  resolved: new Map(),
  arrived: { bergen: new Map(), oslo: new Map() },
  exchanged: { bergen: -1, oslo: -1 },
  exchangedAt: { bergen: 0, oslo: 0 },
  looks: new Map(),
  peopleGone: new Set(),
  people: new Map(),
  deletions: new Map(),
  inSync: new Map(),
  compared: new Map(),
  leases: new Map(),
  holders: { bergen: undefined, oslo: undefined },
  blocked: new Map(),
  failovers: 0,
  guesses: new Map(),
});

export const keyOf = (id: string, material: string): string => `${id} ${material}`;

/** Adds to a list in a map. */
export function addTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Takes the keys of a device into the book that came there other than by a write: its beginning, or somebody's restore. */
export function addPresent(ledger: Ledger, device: DeviceName, keys: Iterable<Held>): void {
  const before = ledger.arrived[device];
  const now = new Map<string, Happened & { engine: boolean }>();
  for (const { id, material, standIn } of keys) {
    const known = before.get(id);
    const made = { device, id, material, turn: ledger.turn, at: world().now, by: 'somebody', engine: false };
    if (!standIn) addTo(ledger.made, keyOf(id, material), made);
    now.set(id, known?.material === material ? known : made);
  }
  ledger.arrived[device] = now;
}
