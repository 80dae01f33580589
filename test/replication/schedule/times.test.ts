import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueRun, nextRun } from '../../../core/replication/schedule/times.ts';
import fc from '../../support/laws.ts';

const OSLO = 'Europe/Oslo';
const ms = (text: string): number => Date.parse(text);
const text = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString();

/** The runs after a moment, one after the other. */
function runs(schedule: string, timeZone: string, after: string, count: number): (string | undefined)[] {
  const found: (string | undefined)[] = [];
  let at: number | undefined = ms(after);
  while (found.length < count && at !== undefined) {
    at = nextRun(schedule, timeZone, at);
    found.push(text(at));
  }
  return found;
}

test('a schedule follows the clock of its zone over both changes of daylight saving', () => {
  // On 29 March 2026 Oslo goes from 02:00 to 03:00, at 01:00 UTC; on 25 October from 03:00 back to 02:00, at 01:00 UTC.
  assert.deepEqual(runs('0 3 * * *', OSLO, '2026-03-28T00:00:00Z', 3), [
    '2026-03-28T02:00:00.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T01:00:00.000Z',
  ]);
  // 02:30 does not exist on the 29th: it runs at the end of the gap, once.
  assert.deepEqual(runs('30 2 * * *', OSLO, '2026-03-28T12:00:00Z', 2), [
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ]);
  // 02:30 comes twice on the 25th: it runs at the first one only.
  assert.deepEqual(runs('30 2 * * *', OSLO, '2026-10-24T12:00:00Z', 2), [
    '2026-10-25T00:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ]);
  // Every hour is every hour.
  assert.deepEqual(runs('0 * * * *', OSLO, '2026-10-24T23:30:00Z', 4), [
    '2026-10-25T00:00:00.000Z',
    '2026-10-25T01:00:00.000Z',
    '2026-10-25T02:00:00.000Z',
    '2026-10-25T03:00:00.000Z',
  ]);
  assert.deepEqual(runs('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2), [
    '2026-11-01T05:30:00.000Z',
    '2026-11-02T06:30:00.000Z',
  ]);
});

test('a run that is being made is not the next one, and a schedule that never fires has none', () => {
  const at = ms('2026-11-24T03:00:00Z');
  assert.equal(text(nextRun('0 3 * * *', 'UTC', at)), '2026-11-25T03:00:00.000Z');
  assert.equal(text(nextRun('0 3 * * *', 'UTC', at + 1)), '2026-11-25T03:00:00.000Z');
  assert.equal(nextRun('0 3 * * *', 'UTC', at - 1), at);
  assert.equal(nextRun('0 0 31 2 *', 'UTC', at), undefined);
  assert.equal(dueRun('0 0 31 2 *', 'UTC', undefined, at), undefined);
  assert.equal(
    nextRun('0 3 * * *', undefined, at),
    nextRun('0 3 * * *', Intl.DateTimeFormat().resolvedOptions().timeZone, at),
  );
});

test('a missed run is due once, however many were missed', () => {
  const daily = (lastDone: string | undefined, now: string) =>
    text(dueRun('0 3 * * *', 'UTC', lastDone === undefined ? undefined : ms(lastDone), ms(now)));
  assert.equal(daily('2026-11-23T03:00:00Z', '2026-11-24T02:59:59.999Z'), undefined);
  assert.equal(daily('2026-11-23T03:00:00Z', '2026-11-24T03:00:00Z'), '2026-11-24T03:00:00.000Z');
  assert.equal(daily('2026-11-10T03:00:00Z', '2026-11-24T12:00:00Z'), '2026-11-24T03:00:00.000Z');
  assert.equal(daily('2026-11-24T03:00:00Z', '2026-11-24T12:00:00Z'), undefined);
  // What was done between two runs counts for the one before.
  assert.equal(daily('2026-11-24T05:00:00Z', '2026-11-24T12:00:00Z'), undefined);
});

test('where nothing was done yet the latest run is due, and a last run in the future does not count', () => {
  const now = ms('2026-11-24T12:00:00Z');
  assert.equal(text(dueRun('0 3 * * *', 'UTC', undefined, now)), '2026-11-24T03:00:00.000Z');
  assert.equal(text(dueRun('0 3 * * *', 'UTC', ms('2036-01-01T00:00:00Z'), now)), '2026-11-24T03:00:00.000Z');
});

const schedule = fc
  .tuple(
    fc.constantFrom('0', '30', '*/15', '*', '5,45', '59'),
    fc.constantFrom('*', '2', '1-3', '*/2', '0', '3', '1,2'),
    fc.constantFrom('*', '29', '1'),
    fc.constantFrom('*', '0'),
  )
  .map(([minute, hour, day, weekday]) => `${minute} ${hour} ${day} * ${weekday}`);
const zone = fc.constantFrom(
  OSLO,
  'America/New_York',
  'UTC',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'America/St_Johns',
);
/** Within two days of a change of daylight saving somewhere. */
const moment = fc
  .tuple(
    fc.constantFrom('2026-03-29', '2026-10-25', '2026-03-08', '2026-11-01', '2026-04-05', '2026-10-04'),
    fc.integer({ min: -172_800_000, max: 172_800_000 }),
  )
  .map(([day, off]) => ms(`${day}T00:00:00Z`) + off);

test('what is due was scheduled, is not in the future, and nothing scheduled lies between it and now', () =>
  fc.assert(
    fc.property(schedule, zone, moment, (expression, timeZone, now) => {
      const due = dueRun(expression, timeZone, undefined, now);
      assert.ok(due !== undefined && due <= now, text(due));
      assert.equal(nextRun(expression, timeZone, due - 1000), due);
      assert.ok((nextRun(expression, timeZone, due) ?? Number.POSITIVE_INFINITY) > now);
      assert.equal(dueRun(expression, timeZone, due, now), undefined);
      assert.equal(dueRun(expression, timeZone, due - 1, now), due);
    }),
    { numRuns: 1000 },
  ));
