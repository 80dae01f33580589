import type { FactField } from '../../inventory/item.ts';
import type { Side } from './link-rules.ts';
import type { Conflict } from './plan.ts';

/** What is to become of one key of a link. Deletions and replacements still need their evidence. */
export type KeyDecision =
  | { kind: 'nothing' }
  /** Onto the other side. */
  | { kind: 'create'; from: Side }
  | { kind: 'update'; from: Side; fields: readonly FactField[] }
  /** Gone on `from`, unchanged on the other side. */
  | { kind: 'delete'; from: Side }
  /** Made anew on `from`, unchanged on the other side. */
  | { kind: 'replace'; from: Side; conflict: Conflict['kind']; reason: string }
  /** Stays on a replica, though the primary does not have it; on a site, though another deleted it. */
  | { kind: 'extra'; on: Side }
  | { kind: 'conflict'; conflict: Conflict['kind']; reason: string }
  | { kind: 'held'; on: Side; reason: string };

export const NOTHING = { kind: 'nothing' } as const;
