import { mapConcurrently } from '../../concurrent.ts';
import { createKey } from '../../device/keys.ts';
import type { Session } from '../../device/session.ts';
import { READS_AT_ONCE, readKey } from '../../inventory/read.ts';
import { isStandIn, STAND_IN_LABEL } from '../../inventory/stand-in.ts';
import type { KeyId, Namespace } from '../../names.ts';
import { isProblem } from '../../problem.ts';
import type { Policy } from '../policy.ts';
import type { Creation } from './create.ts';
import type { Run } from './run.ts';

/** What reserving ids came to. */
export interface Reservation {
  /** Stand-ins of ours hold these. */
  reserved: ReadonlySet<KeyId>;
  /** Somebody made keys of these meanwhile. */
  taken: readonly KeyId[];
}

/**
 * Reserves ids on a device where others make keys too: by a create-only request for a key that nobody can use, which is
 * read back. Ids that the source owns need none, nor does a replica. Not cancelled half-way: what is reserved is filled.
 */
export async function reserveIds({ ctx, policy }: Run, creation: Creation): Promise<Reservation> {
  const shared = creation.ids.filter((id) => isShared(policy, creation, id));
  const session = ctx.session(creation.device);
  const held = await mapConcurrently(shared, READS_AT_ONCE, (id) =>
    reserve(session, policy.namespace, id, () => ctx.random(32)),
  );
  return {
    reserved: new Set(shared.filter((_, i) => held[i])),
    taken: shared.filter((_, i) => !held[i]),
  };
}

/** Whether somebody but us may make a key of this id on the device at the same moment. */
function isShared({ sites }: Policy, { from, device }: Creation, id: KeyId): boolean {
  if (sites.kind === 'one-way') return device === sites.primary;
  return !sites.sites.some((site) => site.device === from && site.owns(id));
}

/** Whether a stand-in holds the id now: one of ours, or one that an earlier run left. */
async function reserve(session: Session, namespace: Namespace, id: KeyId, random: () => Buffer): Promise<boolean> {
  const credential = await session.namespaceAdministrator(namespace);
  try {
    await createKey(session.node, credential, id, {
      type: 'Generic',
      mechanisms: ['AES_Encryption_CBC'],
      label: STAND_IN_LABEL,
      tags: [STAND_IN_LABEL],
      private: { data: random().toString('base64') },
    });
  } catch (error) {
    // Perhaps done, or somebody's: what is there tells.
    if (!isProblem(error, 'exists', 'unreachable')) throw error;
  }
  const there = await readKey(session, namespace, id);
  return there !== undefined && isStandIn(there.facts);
}
