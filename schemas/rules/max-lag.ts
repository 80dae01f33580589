import { atValue, type EntryRule, get, text } from '../checked-entry.ts';
import { gapsOf } from '../cron.ts';
import { durationText, seconds } from '../duration.ts';

/** An allowed lag below the time between two runs is an alarm every time. */
export const maxLag: EntryRule = (entry) => {
  if (entry.section === 'devices' || get(entry, 'replication', 'mode') !== 'scheduled') return [];
  const most = seconds(text(entry, 'replication', 'maxLag') ?? '');
  const gaps = gapsOf(text(entry, 'replication', 'schedule') ?? '');
  if (most === undefined || gaps === undefined || most >= gaps.longest) return [];
  const need = durationText(gaps.longest);
  const message = `Up to ${need} pass between two runs: with this maxLag the alarm goes off although all is well`;
  return [atValue('max-lag-too-short', message, entry.at('replication', 'maxLag'), { replacement: need })];
};
