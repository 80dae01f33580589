import type { KeyId } from '../../../core/names.ts';
import type { Base } from '../../../core/replication/journal/journal.ts';

/** A base that differs in all parts from one with another number. */
export const baseWith = (id: string, n: number): Base => ({
  id: id as KeyId,
  facts: Buffer.alloc(16, n),
  material: n % 3 === 0 ? undefined : Buffer.alloc(16, n + 1),
  left: Buffer.alloc(16, n + 2),
  right: Buffer.alloc(16, n % 2 === 0 ? n + 2 : n + 3),
  leftOperations: n,
  rightOperations: n + 1,
  ...(n % 5 === 0 && { guessed: n % 2 === 0 ? ['left', 'right'] : ['right'] }),
  leftGeneration: n + 2,
  rightGeneration: n + 3,
});
