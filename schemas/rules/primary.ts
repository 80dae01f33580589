import { atKey, type EntryRule, get } from '../checked-entry.ts';

/** A namespace has one primary with replicas, or primaries. */
export const primary: EntryRule = (entry) => {
  if (entry.section === 'devices' || typeof entry.data !== 'object' || entry.data === null) return [];
  const title = entry.section === 'root' ? 'Root' : `Namespace "${entry.name}"`;
  if (get(entry, 'primaries') === undefined) {
    if (get(entry, 'primary') !== undefined) return [];
    const message = `${title} has no primary: name one under "primary", or two under "primaries"`;
    return [atKey('primary-or-primaries', message, entry.at(), { missing: ['primary'] })];
  }
  return ['primary', 'replicas'].flatMap((field) => {
    if (get(entry, field) === undefined) return [];
    const message = `"primaries" stands in place of "${field}": of two writing sites none is a replica`;
    return [atKey('primary-or-primaries', message, entry.at(field), { path: [field] })];
  });
};
