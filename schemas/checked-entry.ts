import type { Entry, Section } from './entries.ts';
import type { LocalFinding } from './finding.ts';
import { type Located, locate } from './locate.ts';

/** An entry as a rule sees it. Its data may be of any form: rules ask for what they need and say nothing otherwise. */
export interface CheckedEntry {
  section: Section;
  name: string;
  data: unknown;
  at(...path: PropertyKey[]): Located;
}

/** One rule over one entry. */
export type EntryRule = (entry: CheckedEntry) => LocalFinding[];

export function checkedEntry(entry: Entry, data: unknown): CheckedEntry {
  return { section: entry.section, name: entry.name, data, at: (...path) => locate(entry, path) };
}

/** What stands under a path of an entry. */
export function get(entry: CheckedEntry, ...path: PropertyKey[]): unknown {
  let at = entry.data;
  for (const step of path)
    at = typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined;
  return at;
}

export function text(entry: CheckedEntry, ...path: PropertyKey[]): string | undefined {
  const value = get(entry, ...path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function list(entry: CheckedEntry, ...path: PropertyKey[]): unknown[] {
  const value = get(entry, ...path);
  return Array.isArray(value) ? value : [];
}

/** A finding at a value. */
export function atValue(
  code: LocalFinding['code'],
  message: string,
  { value }: Located,
  data?: LocalFinding['data'],
): LocalFinding {
  return { code, message, start: value.start, end: value.end, ...(data && { data }) };
}

/** A finding at a field's name. */
export function atKey(
  code: LocalFinding['code'],
  message: string,
  { key }: Located,
  data?: LocalFinding['data'],
): LocalFinding {
  return { code, message, start: key.start, end: key.end, ...(data && { data }) };
}

/** Devices that a namespace or root names, with the path of each place. */
export function deviceReferences(entry: CheckedEntry): { device: string; path: PropertyKey[] }[] {
  if (entry.section === 'devices') return [];
  const references: { device: string; path: PropertyKey[] }[] = [];
  const add = (device: unknown, ...path: PropertyKey[]) => {
    if (typeof device === 'string' && device !== '') references.push({ device, path });
  };
  add(get(entry, 'primary'), 'primary');
  for (const [index, device] of list(entry, 'replicas').entries()) add(device, 'replicas', index);
  const primaries = get(entry, 'primaries');
  if (Array.isArray(primaries)) for (const [index, device] of primaries.entries()) add(device, 'primaries', index);
  else if (typeof primaries === 'object' && primaries !== null) {
    for (const device of Object.keys(primaries)) add(device, 'primaries', device);
  }
  return references;
}

/** The two writing sites of an entry, if it has them. */
export const primariesOf = (entry: CheckedEntry): string[] =>
  deviceReferences(entry).flatMap(({ device, path }) => (path[0] === 'primaries' ? [device] : []));
