import { mapConcurrently } from '../concurrent.ts';
import { deleteUser, getUser } from '../device/users.ts';
import { differingFields } from '../inventory/compare.ts';
import { READS_AT_ONCE, readKey } from '../inventory/read.ts';
import { isStandIn } from '../inventory/stand-in.ts';
import type { KeyFacts } from '../key-facts.ts';
import { type UserName, userId } from '../names.ts';
import { isProblem } from '../problem.ts';
import type { LeftOver } from './report.ts';
import { entryTitle, type SealedEntry } from './sealed-entry.ts';
import type { Target } from './target.ts';

/** What a key should be when read back, where that is known. */
export type Expected = (id: string) => KeyFacts | undefined;

type Where = Pick<Target, 'session' | 'namespace'>;

/** What entries should be when read back. */
export interface Wanted {
  expected: Expected;
  /** Users who come back as N-Administrators; everybody else is an Operator. */
  administrators?: ReadonlySet<UserName>;
}

/** What a read-back found. */
export interface ReadBack {
  verified: SealedEntry[];
  failed: LeftOver[];
}

/**
 * Reads entries back through the device's API, each by its own id, whatever the device said before: a key counts only
 * when the device opens it and, where that is known, it is what it should be. Not cancellable: it must end.
 */
export async function readBack(target: Where, entries: readonly SealedEntry[], wanted: Wanted): Promise<ReadBack> {
  const reasons = await mapConcurrently(entries, READS_AT_ONCE, (entry) => whyNotThere(target, entry, wanted));
  const result: ReadBack = { verified: [], failed: [] };
  entries.forEach((entry, i) => {
    const reason = reasons[i];
    if (reason === undefined) result.verified.push(entry);
    else result.failed.push({ id: entryTitle(entry), reason });
  });
  return result;
}

async function whyNotThere(target: Where, entry: SealedEntry, wanted: Wanted): Promise<string | undefined> {
  const { session, namespace } = target;
  try {
    if (entry.kind === 'user') {
      const credential = await session.namespaceAdministrator(namespace);
      const id = userId(namespace, entry.name);
      const { role } = await getUser(session.node, credential, id);
      if (role === (wanted.administrators?.has(entry.name) ? 'Administrator' : 'Operator')) return undefined;
      // An archive says who is an Operator; what the device finds in the sealed entry is who he is.
      await deleteUser(session.node, credential, id);
      return `it came as ${role}, which no archive may bring, and was removed again`;
    }
    const key = await readKey(session, namespace, entry.id);
    if (key === undefined) return 'the device does not have it';
    if (isStandIn(key.facts)) return 'the stand-in that held its id is there still';
    const facts = wanted.expected(entry.id);
    const fields = facts === undefined ? [] : differingFields(facts, key.facts);
    return fields.length === 0 ? undefined : `it came out with another ${fields.join(', ')}`;
  } catch (error) {
    if (isProblem(error, 'not-found')) return 'the device does not have it';
    if (isProblem(error)) return error.reason;
    throw error;
  }
}
