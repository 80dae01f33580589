import { type Namespace, type UserName, userId, whyNoId } from '../../names.ts';

/**
 * Who may make keys in a namespace, as it stands on a device: the real name of the user `replication-epoch-<n>`, an
 * Operator whose passphrase nobody keeps. All devices of a namespace hold the same record, nonce included.
 */
export interface RoleRecord {
  /** From 1; rises with every change of the primary. */
  epoch: number;
  /** Names of the devices, in order: one, or those that both write. */
  primaries: readonly string[];
  /** When it was made, ISO 8601 in UTC, whole seconds. */
  at: string;
  /** The controller that made it. */
  by: string;
  /** Hexadecimal: tells two claims of one epoch apart. */
  nonce: string;
}

const PREFIX = 'replication-epoch-';
/** So many digits are safe as a number and as part of a name. */
const USER = /^replication-epoch-([1-9]\d{0,11})$/;
const RECORD =
  /^epoch ([1-9]\d{0,11}) (primary|primaries) (\S+) at (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) by ([A-Za-z0-9._@-]{1,64}) nonce ([0-9a-f]{8,64})$/;

/** A record as the real name of its user: `epoch 7 primary oslo at 2026-11-24T12:00:00Z by run@host nonce 3f2a9c01`. */
export function formatRecord({ epoch, primaries, at, by, nonce }: RoleRecord): string {
  const who = primaries.length === 1 ? `primary ${primaries[0]}` : `primaries ${primaries.join(',')}`;
  return `epoch ${epoch} ${who} at ${at} by ${by} nonce ${nonce}`;
}

/** Reads a real name; undefined when it is no record that {@link formatRecord} made. */
export function parseRecord(realName: string): RoleRecord | undefined {
  const [, epoch, word, names = '', at = '', by = '', nonce = ''] = RECORD.exec(realName) ?? [];
  if (epoch === undefined) return undefined;
  const primaries = names.split(',');
  if ((word === 'primary') !== (primaries.length === 1)) return undefined;
  if (primaries.some((name) => whyNoId(name) !== undefined) || Number.isNaN(Date.parse(at))) return undefined;
  return { epoch: Number(epoch), primaries, at, by, nonce };
}

/** Whether two records are one and the same claim. */
export const isSameRecord = (a: RoleRecord, b: RoleRecord): boolean => formatRecord(a) === formatRecord(b);

/** The name, without its namespace, of the user that carries the record of an epoch. */
export const recordUserName = (epoch: number): UserName => `${PREFIX}${epoch}` as UserName;

/** The full id of that user. */
export const recordUser = (namespace: Namespace, epoch: number): string => userId(namespace, recordUserName(epoch));

/** The epoch that a user's name stands for; undefined for every other user. */
export function epochOfUser(name: string): number | undefined {
  const [, epoch] = USER.exec(name) ?? [];
  return epoch === undefined ? undefined : Number(epoch);
}

/** A moment as a record tells it: whole seconds, UTC. `now` is in milliseconds since 1970. */
export const recordTime = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}Z`;
