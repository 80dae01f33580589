import { atKey, atValue, type EntryRule, get } from '../checked-entry.ts';

/** A schedule and the mode that makes use of it go together. */
export const mode: EntryRule = (entry) => {
  if (entry.section === 'devices') return [];
  const written = get(entry, 'replication', 'mode');
  const scheduled = get(entry, 'replication', 'schedule') !== undefined;
  if (written === 'scheduled' && !scheduled) {
    const message = 'The mode is scheduled, but no schedule says when';
    return [
      atValue('mode-without-schedule', message, entry.at('replication', 'mode'), {
        path: ['replication'],
        missing: ['schedule'],
      }),
    ];
  }
  if (scheduled && (written === undefined || written === 'manual' || written === 'streaming')) {
    const message = `A schedule has no effect in the mode ${written ?? 'manual, which is the default'}`;
    return [atKey('schedule-without-mode', message, entry.at('replication', 'schedule'), { path: ['replication'] })];
  }
  return [];
};
