import type { FactField } from '../../inventory/item.ts';
import type { KeyId } from '../../names.ts';
import type { UserDecision } from './decide-user.ts';
import type { KeyDecision } from './decision.ts';
import type { Triple } from './input.ts';
import type { Conflict } from './plan.ts';

/** A key or user of a link with what was decided on it. */
export interface Decided {
  /** A key's id, or `user NAME`. */
  id: string;
  decision: KeyDecision | UserDecision;
  /** Whether a state that both sides had is known and believed. */
  known: boolean;
  /** Of a key. */
  triple?: Triple;
}

/** One thing that a link would have done to one key or user on one device. */
export interface Proposal {
  id: string;
  kind: 'create' | 'update' | 'replace' | 'delete';
  from: string;
  device: string;
  /** Of an update. */
  fields?: readonly FactField[];
  /** Of a deletion: the id under which the key lives on. */
  movedTo?: KeyId;
}

/** What a link comes to, looked at alone. */
export interface LinkPlan {
  proposals: Proposal[];
  /** `known`: both sides changed since a state that both had; else nobody knows such a state. */
  conflicts: { conflict: Conflict; known: boolean }[];
  held: { device: string; id: string; reason: string; countersOf?: string }[];
  extra: { device: string; id: KeyId }[];
}

/** How a user is called among ids; no key id has a space. */
export const userTitle = (name: string): string => `user ${name}`;

/** The name in such a title; undefined for a key's id. */
export const userInTitle = (id: string): string | undefined => (id.startsWith('user ') ? id.slice(5) : undefined);
