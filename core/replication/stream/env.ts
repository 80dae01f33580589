import type { Namespace } from '../../names.ts';
import type { Context } from '../context.ts';
import type { Link } from '../journal/journal.ts';
import type { Policy } from '../policy.ts';
import type { SyncReport } from '../sync.ts';
import type { HourlyWrites } from './hourly.ts';
import type { LagMeter } from './lag.ts';
import type { SealedReader } from './sealed-reader.ts';
import type { WriteLedger } from './write-ledger.ts';

/** What all namespaces of a stream know of one device. */
export interface StreamedDevice {
  reader: SealedReader;
  ledger: WriteLedger;
  hourly: HourlyWrites;
}

/** What the stream of a namespace works with. */
export interface StreamEnv {
  /** With the signal that ends the stream. */
  ctx: Context & { signal: AbortSignal };
  device(name: string): StreamedDevice;
  meter(link: Link): LagMeter;
  /** A full comparison and what it leads to, in its turn among those of other namespaces. */
  compare(policy: Policy): Promise<SyncReport>;
  /** Writes that no listing explains were seen on a device: its namespaces hear of it. */
  suspect(device: string): void;
  /** When a device was last seen without a change that nobody was told of; undefined where nobody counts. */
  quietAt(device: string): number | undefined;
  /** Called before a comparison that is not the first, with its reason. */
  onComparison(namespace: Namespace, why: string): void;
  /** Called when keys arrived, or nothing was to be carried. */
  onPass(pass: Pass): void;
  /** Called with whatever stopped a namespace; it goes on by itself after a pause. */
  onFailure(namespace: Namespace, error: unknown): void;
}

/** What one look at a source led to on one device. */
export interface Pass {
  namespace: Namespace;
  from: string;
  to: string;
  asked: number;
  done: number;
  verified: number;
  /** Milliseconds from when the oldest of the changes had not happened yet. */
  lag: number;
}
