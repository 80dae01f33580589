import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Namespace, ROOT, whyNoId } from '../../names.ts';

/** A sealed archive that was made on a schedule, by its name; what is in it is not looked at. */
export interface ScheduledArchive {
  file: string;
  namespace: Namespace;
  /** When it was made, in milliseconds since 1970. */
  at: number;
}

const ENDING = '.nethsm-archive';
/** Root's archives; no namespace is called so, as no id starts with `_`. */
const ROOT_NAME = '_root';
const NAME = /^(.+)-(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3}Z)\.nethsm-archive$/;

/** The name of an archive that is made on a schedule: `payments-2026-11-24T03-00-00-000Z.nethsm-archive`. */
export const scheduledName = (namespace: Namespace, at: number): string =>
  `${namespace === ROOT ? ROOT_NAME : namespace}-${new Date(at).toISOString().replaceAll(/[:.]/g, '-')}${ENDING}`;

/** What such a name says; undefined for any other: nothing else is ever pruned. */
export function readScheduledName(name: string): { namespace: Namespace; at: number } | undefined {
  const [, title = '', hour, minute, second, rest] = NAME.exec(name) ?? [];
  const at = Date.parse(`${hour}:${minute}:${second}.${rest}`);
  if (Number.isNaN(at)) return undefined;
  if (title === ROOT_NAME) return { namespace: ROOT, at };
  return whyNoId(title) === undefined ? { namespace: title as Namespace, at } : undefined;
}

/** The archives in a folder that were made on a schedule, of one namespace if it is named, the oldest first. */
export async function scheduledArchives(folder: string, namespace?: Namespace): Promise<ScheduledArchive[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const archives = entries.flatMap((entry) => {
    const said = entry.isFile() ? readScheduledName(entry.name) : undefined;
    if (said === undefined || (namespace !== undefined && said.namespace !== namespace)) return [];
    return [{ file: join(folder, entry.name), ...said }];
  });
  return archives.sort((a, b) => a.at - b.at);
}
