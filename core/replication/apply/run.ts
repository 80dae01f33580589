import type { Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import type { Base, Link } from '../journal/journal.ts';
import type { SealedList } from '../observe/sealed-list.ts';
import type { NamespacePlan } from '../plan/plan.ts';
import type { Policy } from '../policy.ts';
import type { Observed } from './as-observed.ts';
import type { SourceValues } from './source-values.ts';

/** A plan that is being carried out. */
export interface Run {
  /** Its signal fires also when the lease is lost. */
  ctx: Context;
  policy: Policy;
  plan: NamespacePlan;
  /** What the plan was made from; the epoch changes when the plan itself establishes it. */
  premises: { epoch: number; nonce: string; devices: NamespacePlan['premises']['devices'] };
  /** Throws a Problem `refused` when the plan's premises no longer hold, `busy` when the lease is lost. */
  check(): Promise<void>;
  /** Sealed values of the devices that keys come from, read once. */
  values: SourceValues;
  /** How keys were on a device when the plan was made. */
  observed: Observed;
  /** What the journal is told at the end, when the marks were raised. */
  learnt: Learnt[];
}

/** What a step made of a link's keys. */
export interface Learnt {
  link: Link;
  bases: Base[];
  /** Keys that are there with the same bytes on both sides; of them only that is known. */
  equal?: SealedList;
  /** Keys that are on neither side any more. */
  gone: Base['id'][];
}

/** Whether nothing more should be sent to a device, or anywhere, after such a Problem. */
export const mustStop = (problem: Problem): boolean => STOPS.includes(problem.kind);

const STOPS: readonly Problem['kind'][] = [
  'write-blocked',
  'locked',
  'failed',
  'busy',
  'refused',
  'unreachable',
  'untrusted',
  'unauthorised',
  'throttled',
  'cancelled',
];
