import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockText, cronWords } from '../../server/language/cron-words.ts';
import { seen } from '../../server/language/diagnostics/live-rule.ts';

test('schedules in words', () => {
  const words = {
    '* * * * *': 'every minute',
    '*/15 * * * *': 'every 15 minutes',
    '5 * * * *': 'every hour at minute 5',
    '0 3 * * *': 'at 03:00',
    '30 3,15 * * *': 'at 03:30 and 15:30',
    '*/5 9-17 * * 1-5': 'every 5 minutes from 09:00 to 17:59 on Monday to Friday',
    '0 */6 * * *': 'every 6 hours',
    '0 3 * * 0': 'at 03:00 on Sunday',
    '0 3 * * mon,WED': 'at 03:00 on Monday and Wednesday',
    '0 3 1,15 * *': 'at 03:00 on day 1 and 15 of the month',
    '0 3 L jan *': 'at 03:00 on the last day of the month in January',
    '0 3 1 6 5': 'at 03:00 on day 1 of the month or on Friday in June',
    '0,30 3 * * *': 'at minute 0 and 30 of hour 3',
    '0 3 */2 * *': 'at 03:00 on every 2nd day of the month',
    '10 */6 * */3 *': 'at minute 10 of every 6 hours in every 3rd month',
    '0 3 1-15/2 * *': 'at 03:00 on day every 2nd of 1 to 15 of the month',
  };
  for (const [expression, said] of Object.entries(words)) assert.equal(cronWords(expression), said);
  assert.equal(cronWords('* * * *'), undefined);
});

test('a moment by the clock of a zone', () => {
  assert.equal(clockText(new Date('2026-11-24T23:30:00Z'), 'Asia/Tokyo'), '2026-11-25 08:30 GMT+9');
});

test('the age of what was seen', () => {
  const now = 1_000_000_000;
  const ages = [0, 9, 10, 119, 120, 7_199, 7_200, 172_799, 172_800].map((age) => seen(now - age * 1000, now).trim());
  assert.deepEqual(ages, [
    ...[
      '(seen just now)',
      '(seen just now)',
      '(seen 10 seconds ago)',
      '(seen 119 seconds ago)',
      '(seen 2 minutes ago)',
    ],
    ...['(seen 120 minutes ago)', '(seen 2 hours ago)', '(seen 48 hours ago)', '(seen 2 days ago)'],
  ]);
});
