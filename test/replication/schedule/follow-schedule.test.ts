import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../core/clock.ts';
import type { Journal } from '../../../core/replication/journal/journal.ts';
import { followSchedule } from '../../../core/replication/schedule/follow-schedule.ts';

const ms = (text: string): number => Date.parse(text);
const NIGHTLY = { name: 'backup payments', schedule: '0 3 * * *', timeZone: 'UTC' };

/** A clock that is ahead by what was slept, and a journal that holds last runs only. */
function world(start: string, end: string, lastDone?: string) {
  const stop = new AbortController();
  const done = new Map<string, number>(lastDone === undefined ? [] : [[NIGHTLY.name, ms(lastDone)]]);
  let now = ms(start);
  const pass = (wanted: number): void => {
    now += wanted;
    if (now >= ms(end)) stop.abort(new Error('the end'));
  };
  const clock: Clock = {
    now: () => now,
    async sleep(wanted, signal) {
      assert.ok(wanted > 0 && wanted <= 60_000, `${wanted} ms of sleep`);
      pass(wanted);
      signal?.throwIfAborted();
    },
  };
  const journal = { lastDone: (name) => done.get(name), putDone: (name, at) => void done.set(name, at) } as Journal;
  return {
    ctx: { clock, journal, signal: stop.signal },
    stop,
    pass,
    now: () => new Date(now).toISOString().slice(5, 16),
  };
}

const never = (error: unknown) => assert.fail(String(error));

test('it runs at each time, and what was missed before is made up once', async () => {
  const { ctx, now } = world('2026-11-24T12:00:00Z', '2026-11-26T12:00:00Z', '2026-11-10T03:00:00Z');
  const ran: string[] = [];
  await followSchedule(ctx, NIGHTLY, async () => void ran.push(now()), never);
  assert.deepEqual(ran, ['11-24T12:00', '11-25T03:00', '11-26T03:00']);
});

test('nothing is made twice when it is started again', async () => {
  const { ctx } = world('2026-11-24T12:00:00Z', '2026-11-24T18:00:00Z', '2026-11-24T03:00:00Z');
  await followSchedule(ctx, NIGHTLY, async () => assert.fail('nothing is due'), never);
});

test('a run that takes longer than the schedule’s distance never overlaps, and what passed meanwhile is made up once', async () => {
  const { ctx, now, pass } = world('2026-11-24T12:00:00Z', '2026-11-24T14:00:00Z', '2026-11-24T12:00:00Z');
  const ran: string[] = [];
  let running = 0;
  const slow = async () => {
    running += 1;
    assert.equal(running, 1);
    ran.push(now());
    pass(35 * 60_000);
    await new Promise(setImmediate);
    running -= 1;
  };
  await followSchedule(ctx, { ...NIGHTLY, schedule: '*/15 * * * *' }, slow, never);
  assert.deepEqual(ran.slice(0, 3), ['11-24T12:15', '11-24T12:50', '11-24T13:25']);
});

test('a run that fails is told and made again after ever longer waits, then the schedule goes on', async () => {
  const { ctx, now } = world('2026-11-24T02:00:00Z', '2026-11-25T12:00:00Z', '2026-11-23T03:00:00Z');
  const ran: string[] = [];
  const failures: unknown[] = [];
  const shaky = async () => {
    ran.push(now());
    if (ran.length <= 4) throw new Error(`failure ${ran.length}`);
  };
  await followSchedule(ctx, NIGHTLY, shaky, (error) => failures.push((error as Error).message));
  assert.deepEqual(ran, ['11-24T03:00', '11-24T03:01', '11-24T03:03', '11-24T03:07', '11-24T03:15', '11-25T03:00']);
  assert.deepEqual(failures, ['failure 1', 'failure 2', 'failure 3', 'failure 4']);
});

test('a run that fails for long is tried once an hour, and the next time comes without waiting for it', async () => {
  const { ctx, now } = world('2026-11-24T02:00:00Z', '2026-11-25T03:30:00Z', '2026-11-23T03:00:00Z');
  const ran: string[] = [];
  await followSchedule(
    ctx,
    NIGHTLY,
    async () => {
      ran.push(now());
      throw new Error('no');
    },
    () => {},
  );
  assert.ok(ran.includes('11-25T03:00'), ran.join());
  assert.ok(ran.length < 35, String(ran.length));
});

test('it ends when it is stopped, in the middle of a sleep or of a run', async () => {
  const { ctx, stop } = world('2026-11-24T12:00:00Z', '2036-01-01T00:00:00Z');
  await followSchedule(
    ctx,
    NIGHTLY,
    async () => {
      stop.abort();
      throw new Error('interrupted');
    },
    never,
  );
  assert.equal(ctx.journal.lastDone(NIGHTLY.name), undefined);
});
