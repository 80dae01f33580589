import { mapConcurrently } from '../../concurrent.ts';
import type { Session } from '../../device/session.ts';
import { READS_AT_ONCE, readKey } from '../../inventory/read.ts';
import { isStandIn } from '../../inventory/stand-in.ts';
import type { KeyFacts } from '../../key-facts.ts';
import type { KeyId, Namespace } from '../../names.ts';
import { isProblem } from '../../problem.ts';
import type { WorkOptions } from '../../progress.ts';

/** What a device said of one key when asked for it. */
export type Answer =
  | { kind: 'key'; facts: KeyFacts }
  /** It went away since it was listed. */
  | { kind: 'gone' }
  /** It is listed, and the device can't open it. */
  | { kind: 'unreadable' }
  /** The id is reserved and no key yet. */
  | { kind: 'stand-in' };

/** Reads keys one by one, some at once. */
export const readStates = (
  session: Session,
  namespace: Namespace,
  ids: readonly KeyId[],
  options: WorkOptions,
): Promise<Answer[]> => mapConcurrently(ids, READS_AT_ONCE, (id) => readState(session, namespace, id, options));

async function readState(session: Session, namespace: Namespace, id: KeyId, options: WorkOptions): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    try {
      const key = await readKey(session, namespace, id, options);
      if (key === undefined) return { kind: 'gone' };
      return isStandIn(key.facts) ? { kind: 'stand-in' } : { kind: 'key', facts: key.facts };
    } catch (error) {
      if (!isProblem(error, 'unexpected', 'unreadable')) throw error;
      // A device whose store failed for a moment says the same.
      if (attempt > 0) return { kind: 'unreadable' };
    }
  }
}
