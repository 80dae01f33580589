/** Who is primary by the records, and what must not be done while that is not clear. */
import type { DeviceName } from '../devices.ts';
import { violate } from '../world/world.ts';
import type { RoleNote } from './content.ts';
import type { Ledger } from './ledger.ts';

export type Records = Record<DeviceName, RoleNote | undefined>;

/** How the records stood. */
export interface Heads {
  /** One epoch is claimed twice. */
  isSplit: boolean;
  /** A device that is primary by its own record, which is older than the other's. */
  former: DeviceName | undefined;
}

/** A run of the engine: its name, what it was asked for, and how the records stood when it began. */
export interface RunOf extends Heads {
  name: string;
  job: string;
  /** Who ruled by the records when it began. */
  primary: string | undefined;
  /** The turn of the ledger at which it began. */
  since: number;
}

export function headsOf({ oslo, bergen }: Records): Heads {
  const isSplit =
    oslo !== undefined && bergen !== undefined && oslo.epoch === bergen.epoch && oslo.nonce !== bergen.nonce;
  const isFormer = (own: RoleNote | undefined, other: RoleNote | undefined, device: DeviceName): boolean =>
    own !== undefined && other !== undefined && own.epoch < other.epoch && own.primaries.join() === device;
  const former = isFormer(oslo, bergen, 'oslo') ? 'oslo' : isFormer(bergen, oslo, 'bergen') ? 'bergen' : undefined;
  return { isSplit, former };
}

/**
 * A process was shown the record of a device. A run heeds how all was when it began; a stream lasts, so it has to heed what
 * it was shown last.
 */
export function noteShown(
  { shown, runs }: { shown: Map<string, Records>; runs: ReadonlyMap<string, RunOf> },
  who: string,
  device: DeviceName,
  record: RoleNote | undefined,
): void {
  const records = { oslo: undefined, bergen: undefined, ...shown.get(who), [device]: record };
  shown.set(who, records);
  const run = runs.get(who);
  if (run?.job === 'stream') Object.assign(run, headsOf(records));
}

/** The engine changes no key while an epoch is claimed twice, nor beside a former primary that was not brought back. */
export function judgeEpochs(run: RunOf | undefined, what: string): void {
  if (run?.isSplit) violate('epoch', `${what}: while one epoch is claimed twice`);
  if (run?.former !== undefined && run.job !== 'rejoin')
    violate('epoch', `${what}: while ${run.former} holds an older epoch`);
}

/** Two heads come of a failover only. */
export function judgeHeads({ ledger }: { ledger: Ledger }, records: Records): void {
  const { isSplit } = headsOf(records);
  if (isSplit && ledger.failovers === 0)
    violate('epoch', 'one epoch is claimed twice, and nobody asked for a failover');
}
