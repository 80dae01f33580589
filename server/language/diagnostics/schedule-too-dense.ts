import { text } from '../../../schemas/checked-entry.ts';
import { gapsOf } from '../../../schemas/cron.ts';
import { durationText } from '../../../schemas/duration.ts';
import { place } from '../../../schemas/finding.ts';
import { type LiveRule, seen } from './live-rule.ts';

/** Runs that come faster than the last one took. */
export const scheduleTooDense: LiveRule = ({ entries, facts, now }) =>
  entries.flatMap(({ item, checked }) => {
    if (checked.section === 'devices') return [];
    const known = facts.namespace(checked.name);
    const gaps = gapsOf(text(checked, 'replication', 'schedule') ?? '');
    const took = known?.lastTransferSeconds;
    if (known === undefined || took === undefined || gaps === undefined || took <= gaps.shortest) return [];
    const message = `The last transfer took ${durationText(took)}, and a run starts every ${durationText(gaps.shortest)}${seen(known.at, now)}`;
    const { start, end } = checked.at('replication', 'schedule').value;
    return [place(item, { code: 'schedule-too-dense', message, start, end })];
  });
