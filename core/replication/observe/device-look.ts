import { openDeviceBackup } from '../../backup/device-backup.ts';
import { askNodes } from '../../device/answering-nodes.ts';
import { systemInfo } from '../../device/info.ts';
import type { Session } from '../../device/session.ts';
import { type IdList, packIds } from '../../inventory/id-list.ts';
import { checkOff, symmetricDifference } from '../../inventory/id-lists.ts';
import { readIds } from '../../inventory/read.ts';
import type { KeyId, Namespace, UserName } from '../../names.ts';
import type { Context } from '../context.ts';
import { sealedDigest } from '../digests.ts';
import { lifeOf } from '../roles/life.ts';
import { type Counters, readCounters } from './counters.ts';
import { createSealedList, type SealedKey } from './sealed-list.ts';

/** A namespace on one device, while it is looked at. */
export interface DeviceLook {
  session: Session;
  /** Milliseconds since 1970, before anything was read. */
  at: number;
  deviceIds: readonly string[];
  /** Read before the first listing. */
  counters: Counters | undefined;
  /** How many keys it lists. */
  listed: number;
  /** Its keys by the digests of their sealed values, in order: out of memory, or from a backup on its way. */
  keys(): AsyncIterable<readonly SealedKey[]>;
  /** What else there is to know, once {@link keys} was read to its end. */
  ended(): LookEnd;
}

/** What is known at the end of a look. */
export interface LookEnd {
  domain: string;
  /** Which life of the namespace this is, see `lifeOf`; undefined for root. */
  life: string | undefined;
  /** All users of the namespace by the digests of their sealed values. */
  users: ReadonlyMap<UserName, Buffer>;
  /** Whether the listings before and after the reading are the same. */
  listingComplete: boolean;
  /** Listed before and after, and not in the backup: the device could not read them, as a rule. */
  unseen: ReadonlySet<KeyId>;
  /** They came or went while we looked: nothing is said of them this time. */
  moving: ReadonlySet<KeyId>;
}

/** Up to so many keys are kept by their digests, so that one pass of the device serves all links. */
const KEPT = 50_000;

/** Begins to look at a namespace on a device. One that lacks the namespace has no keys and no users. */
export async function lookAt(
  ctx: Context,
  session: Session,
  namespace: Namespace,
  hasNamespace: boolean,
): Promise<DeviceLook> {
  const at = ctx.clock.now();
  const counters = await readCounters(session, ctx.clock.now, ctx);
  const deviceIds = await deviceIdsOf(session, ctx);
  const list = async (): Promise<IdList<KeyId>> => (hasNamespace ? readIds(session, namespace, ctx) : packIds([]));
  const before = await list();
  let end: LookEnd | undefined;
  async function* read(): AsyncGenerator<SealedKey[]> {
    const met = checkOff(before);
    const users = new Map<UserName, Buffer>();
    let life: string | undefined;
    const pass = await openDeviceBackup(session, ctx);
    for await (const batch of pass.batches) {
      const keys: SealedKey[] = [];
      for (const { entry, path } of batch) {
        if (!hasNamespace || !('namespace' in path) || path.namespace !== namespace) continue;
        if (path.kind === 'namespace') life = lifeOf(entry.value);
        if (path.kind === 'user') users.set(path.name, sealedDigest(entry.value));
        if (path.kind !== 'key') continue;
        met.see(path.id);
        keys.push({ id: path.id, sealed: sealedDigest(entry.value) });
      }
      if (keys.length > 0) yield keys;
    }
    const changed = new Set(symmetricDifference(before, await list()));
    const unseen = new Set(met.missing().filter((id) => !changed.has(id)));
    const moving = new Set([...changed, ...met.extra()]);
    end = { domain: pass.summary().domain, life, users, listingComplete: changed.size === 0, unseen, moving };
  }
  const look: DeviceLook = {
    session,
    at,
    deviceIds,
    counters,
    listed: before.length,
    keys: read,
    ended() {
      if (end === undefined) throw new RangeError(`the look at ${session.name} has not ended`);
      return end;
    },
  };
  if (before.length > KEPT) return look;
  const kept = createSealedList();
  for await (const keys of read()) for (const { id, sealed } of keys) kept.add(id, sealed);
  return { ...look, keys: () => inMemory(kept.batches()) };
}

/** The ids of the nodes of a device that answer, in their order. */
export const deviceIdsOf = async (session: Session, options: { signal?: AbortSignal } = {}): Promise<string[]> => {
  const credential = await session.administrator();
  const infos = await askNodes(session, (node) => systemInfo(node, credential, options));
  return infos.map(({ deviceId }) => deviceId);
};

async function* inMemory(batches: Iterable<SealedKey[]>): AsyncGenerator<SealedKey[]> {
  yield* batches;
}
