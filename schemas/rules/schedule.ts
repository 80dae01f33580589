import { atKey, atValue, type EntryRule, get, text } from '../checked-entry.ts';
import { cronFault, everFires, isTimeZone, timeZones } from '../cron.ts';
import type { LocalFinding } from '../finding.ts';
import { didYouMean, nearest } from '../suggest.ts';

/** Schedules and their time zones, of the replication and of the backups. */
export const schedule: EntryRule = (entry) => {
  if (entry.section === 'devices') return [];
  return ['replication', 'backups'].flatMap((block) => {
    const findings: LocalFinding[] = [];
    const expression = text(entry, block, 'schedule');
    const zone = text(entry, block, 'timeZone');
    if (expression !== undefined) {
      const at = entry.at(block, 'schedule');
      const fault = cronFault(expression);
      if (fault !== undefined) {
        findings.push(atValue('invalid-schedule', `This is no cron expression: ${fault}`, at));
      } else if (!everFires(expression)) {
        findings.push(atValue('never-fires', 'There is no such day: this schedule never fires', at));
      }
      if (get(entry, block, 'timeZone') === undefined) {
        const message = 'By which clock? Without "timeZone" it is that of the machine which runs the schedule';
        findings.push(atKey('no-time-zone', message, at, { path: [block] }));
      }
    }
    if (zone !== undefined && !isTimeZone(zone)) {
      const near = nearest(zone, timeZones());
      const message = `"${zone}" is no time zone${didYouMean(near)}`;
      findings.push(
        atValue(
          'unknown-time-zone',
          message,
          entry.at(block, 'timeZone'),
          near === undefined ? {} : { replacement: near },
        ),
      );
    }
    return findings;
  });
};
