import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prunable } from '../../../core/replication/schedule/retention.ts';
import fc from '../../support/laws.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 24);
const NOW = START + 200 * DAY;

const whole = (...at: number[]) => at.map((one) => ({ at: one, verified: true }));
const times = (archives: { at: number }[]) => archives.map(({ at }) => at).sort((a, b) => a - b);

test('the last ones stay, and the newest of each of the latest days', () => {
  const hours = [0, 6, 12, 24, 30, 72, 78, 96].map((hour) => START + hour * 3_600_000);
  const at = (...places: number[]) => places.map((place) => hours[place]);
  assert.deepEqual(times(prunable(whole(...hours), { last: 2 }, NOW)), at(0, 1, 2, 3, 4, 5));
  assert.deepEqual(times(prunable(whole(...hours), { daily: 2 }, NOW)), at(0, 1, 2, 3, 4, 5));
  // The days are those that have an archive, and what two rules keep counts for both.
  assert.deepEqual(times(prunable(whole(...hours), { daily: 4 }, NOW)), at(0, 1, 3, 5));
  assert.deepEqual(times(prunable(whole(...hours), { last: 3, daily: 3 }, NOW)), at(0, 1, 2, 3));
  assert.deepEqual(prunable(whole(...hours), {}, NOW), []);
  assert.deepEqual(times(prunable(whole(...hours), { last: 0 }, NOW)), at(0, 1, 2, 3, 4, 5, 6));
});

test('a day is one of the time zone', () => {
  // 23:30 and 00:30 of UTC are one day in Oslo.
  const archives = whole(START - 1_800_000, START + 1_800_000);
  assert.equal(prunable(archives, { daily: 2 }, NOW).length, 0);
  assert.deepEqual(times(prunable(archives, { daily: 2 }, NOW, 'Europe/Oslo')), [START - 1_800_000]);
});

test('what is not known to be whole takes nobody’s place, and nothing goes where nothing is whole', () => {
  const doubtful = { at: START + 2, verified: false };
  assert.deepEqual(prunable([...whole(START, START + 1), doubtful], { last: 1 }, NOW), whole(START));
  assert.deepEqual(prunable([doubtful, { at: START, verified: false }], { last: 1 }, NOW), []);
});

test('one that is dated in the future takes nobody’s place, and stays', () => {
  const ahead = whole(NOW + DAY + 1, NOW + 400 * DAY);
  const made = whole(START, START + DAY, NOW);
  assert.deepEqual(prunable([...ahead, ...made], { last: 2 }, NOW), whole(START));
  assert.deepEqual(prunable([...ahead, { at: START, verified: false }], { last: 1 }, NOW), []);
  assert.deepEqual(prunable(whole(NOW, NOW + DAY), { last: 1 }, NOW), whole(NOW), 'clocks differ by less');
});

const archive = fc.record({ at: fc.integer({ min: 0, max: 40 }), verified: fc.boolean() }).map(({ at, verified }) => ({
  at: START + at * (DAY / 4),
  verified,
}));
const count = fc.option(fc.nat(6), { nil: undefined });
const keep = fc.record({ last: count, daily: count }).map(({ last, daily }) => ({
  ...(last !== undefined && { last }),
  ...(daily !== undefined && { daily }),
}));

test('what goes is older than one that is whole and stays, and as much stays as was asked for', () =>
  fc.assert(
    fc.property(fc.array(archive, { maxLength: 30 }), keep, (archives, wanted) => {
      const gone = new Set(prunable(archives, wanted, NOW));
      const staying = archives.filter((one) => !gone.has(one));
      for (const one of gone) {
        assert.ok(
          staying.some((other) => other.verified && other.at > one.at),
          'a newer one that is whole stays',
        );
      }
      const verified = archives.filter((one) => one.verified);
      assert.ok(
        staying.filter((one) => one.verified).length >= Math.min(wanted.last ?? 0, verified.length),
        'as many whole ones stay as were asked for',
      );
      const dayOf = ({ at }: { at: number }) => new Date(at).toISOString().slice(0, 10);
      const days = (of: { at: number }[]) => [...new Set(of.map(dayOf))].sort().reverse();
      for (const day of days(verified).slice(0, wanted.daily ?? 0)) {
        const newest = Math.max(...verified.filter((one) => dayOf(one) === day).map(({ at }) => at));
        assert.ok(
          staying.some((one) => one.at === newest),
          'the newest whole one of each of the days stays',
        );
      }
      // What goes goes at once: a second look finds nothing more.
      assert.deepEqual(prunable(staying, wanted, NOW), []);
    }),
    { numRuns: 1000 },
  ));

test('an archive that comes later frees older ones, and none that was freed comes back', () =>
  fc.assert(
    fc.property(fc.array(archive, { maxLength: 20 }), keep, (archives, wanted) => {
      const before = new Set(prunable(archives, wanted, NOW));
      const after = new Set(prunable([...archives, { at: START + 100 * DAY, verified: true }], wanted, NOW));
      for (const one of before) assert.ok(after.has(one));
    }),
    { numRuns: 500 },
  ));
