import { namespaceTitle } from '../../core/names.ts';
import type { Activity } from '../../core/replication/journal/journal.ts';

/** One line of JSON for what happened: `time`, `level`, `kind`, `text`, and what it is about. Holds no secret. */
export function eventLine({ at, by: _, namespace, ...rest }: Activity): string {
  const about = namespace === undefined ? {} : { namespace: namespaceTitle(namespace) };
  return `${JSON.stringify({ time: new Date(at).toISOString(), ...about, ...rest })}\n`;
}
