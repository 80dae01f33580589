import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Namespace, ROOT, whyNoId } from '../../names.ts';

/** What the name of a sealed archive says that was made on a schedule; what is in it is not looked at. */
export interface ScheduledName {
  namespace: Namespace;
  /** Name of the device it was read from: another manifest may have a namespace of the same name, and the same folder. */
  device: string;
  /** When it was made, in milliseconds since 1970. */
  at: number;
}

/** An archive that was made on a schedule, by its name. */
export interface ScheduledArchive extends ScheduledName {
  file: string;
}

const ENDING = '.nethsm-archive';
/** Root's archives; no namespace is called so, as no id starts with `_`. */
const ROOT_NAME = '_root';
const NAME = /^([^~]+)~([^~]+)~(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3}Z)\.nethsm-archive$/;

/** The name of an archive that is made on a schedule: `payments~oslo~2026-11-24T03-00-00-000Z.nethsm-archive`. */
export const scheduledName = ({ namespace, device, at }: ScheduledName): string =>
  `${namespace === ROOT ? ROOT_NAME : namespace}~${device}~${new Date(at).toISOString().replaceAll(/[:.]/g, '-')}${ENDING}`;

/** What such a name says; undefined for any other: nothing else is ever pruned. */
export function readScheduledName(name: string): ScheduledName | undefined {
  const [, title = '', device = '', hour, minute, second, rest] = NAME.exec(name) ?? [];
  const at = Date.parse(`${hour}:${minute}:${second}.${rest}`);
  if (Number.isNaN(at) || whyNoId(device) !== undefined) return undefined;
  if (title === ROOT_NAME) return { namespace: ROOT, device, at };
  return whyNoId(title) === undefined ? { namespace: title as Namespace, device, at } : undefined;
}

/** The archives in a folder that were made on a schedule of one namespace on any of these devices, the oldest first. */
export async function scheduledArchives(
  folder: string,
  namespace: Namespace,
  devices: readonly string[],
): Promise<ScheduledArchive[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const archives = entries.flatMap((entry) => {
    const said = entry.isFile() ? readScheduledName(entry.name) : undefined;
    if (said?.namespace !== namespace || !devices.includes(said.device)) return [];
    return [{ file: join(folder, entry.name), ...said }];
  });
  return archives.sort((a, b) => a.at - b.at);
}
