import { atKey, type EntryRule, get } from '../checked-entry.ts';

/** A retention of nothing would prune every archive but the newest. */
export const keepsNothing: EntryRule = (entry) => {
  if (entry.section === 'devices') return [];
  const keep = get(entry, 'backups', 'keep');
  if (typeof keep !== 'object' || keep === null) return [];
  if (Object.values(keep).some((count) => count !== 0)) return [];
  const message = 'This keeps nothing: say how many of the newest ("last") or for how many days ("daily")';
  return [atKey('keeps-nothing', message, entry.at('backups', 'keep'), { path: ['backups', 'keep'] })];
};
