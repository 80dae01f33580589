import { readDeviceBackup } from '../../backup/device-backup.ts';
import type { Session } from '../../device/session.ts';
import type { Namespace } from '../../names.ts';
import type { WorkOptions } from '../../progress.ts';
import { sealedDigest } from '../digests.ts';
import type { Seen } from '../journal/journal.ts';
import { judgeMark } from './mark.ts';
import type { MarkThere } from './mark-tags.ts';

/**
 * Which life of a namespace this is, by its own entry in the store: written once, when it is made, with a nonce of its own.
 * Its users outlive it, role record and mark among them, so only this tells one that was deleted and made anew.
 */
export const lifeOf = (entry: Uint8Array): string => sealedDigest(entry).toString('base64');

/** The same, by one pass of the device; undefined for root, or where there is no such namespace. */
export async function readLife(
  session: Session,
  namespace: Namespace,
  options: WorkOptions,
): Promise<string | undefined> {
  let life: string | undefined;
  await readDeviceBackup(
    session,
    ({ value }, path) => {
      if (path.kind === 'namespace' && path.namespace === namespace) life = lifeOf(value);
    },
    options,
  );
  return life;
}

/** What mark and life of a namespace say beside the journal's: {@link judgeMark}, or `remade`, deleted and made anew. */
export function judgeNamespace(
  seen: Pick<Seen, 'mark' | 'pendingMark' | 'life'> | undefined,
  now: { mark: MarkThere | undefined; life: string | undefined },
): ReturnType<typeof judgeMark> | 'remade' {
  const judgement = judgeMark(seen, now.mark);
  const isAnother = seen?.life !== undefined && now.life !== undefined && seen.life !== now.life;
  return judgement === 'continuous' && isAnother ? 'remade' : judgement;
}
