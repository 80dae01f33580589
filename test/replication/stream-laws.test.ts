/** What must hold of the pure parts of streams and agents. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KeyId, parseNamespace } from '../../core/names.ts';
import { createGate, createTurns } from '../../core/replication/agent/gate.ts';
import { quieted } from '../../core/replication/agent/quiet.ts';
import type { Activity } from '../../core/replication/journal/journal.ts';
import { cameAndWent, withIds } from '../../core/replication/stream/compare-ids.ts';
import { createHourlyWrites } from '../../core/replication/stream/hourly.ts';
import { createLagMeter, lagNow } from '../../core/replication/stream/lag.ts';
import { createMailbox } from '../../core/replication/stream/mailbox.ts';
import {
  backoff,
  type ComparisonReason,
  comparisonInterval,
  pollInterval,
  restAfterPass,
} from '../../core/replication/stream/pacing.ts';
import { changeOf } from '../../core/replication/stream/polling-source.ts';
import { openLedger } from '../../core/replication/stream/write-ledger.ts';
import { fakeClock } from '../support/context.ts';
import fc from '../support/laws.ts';

const NS = parseNamespace('payments');
const ms = fc.integer({ min: 0, max: 3_600_000 });
const lagOrNone = fc.option(fc.integer({ min: 1_000, max: 86_400_000 }), { nil: undefined });
const chance = fc.double({ min: 0, max: 1, noNaN: true });
const reason = fc.constantFrom<ComparisonReason>('keys', 'unexplained', 'backstop');

test('a device is asked neither too often nor too seldom, and the less the more it fails', () => {
  fc.assert(
    fc.property(lagOrNone, ms, fc.nat(40), chance, (maxLag, lastPass, failures, random) => {
      const pace = { maxLag, lastPass };
      const calm = pollInterval({ ...pace, failures: 0 }, random);
      assert.ok(calm >= 100 && calm <= 5_000);
      const wait = pollInterval({ ...pace, failures }, random);
      assert.ok(wait >= 50 && wait <= 60_000);
      // The same throw of the dice: one more failure never asks sooner.
      if (failures > 0) assert.ok(pollInterval({ ...pace, failures: failures + 1 }, random) >= wait);
    }),
  );
});

test('a longer lag, or a store that takes longer, never makes a device be asked more often', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 10_000_000 }), ms, ms, (maxLag, lastPass, more) => {
      const wait = pollInterval({ maxLag, lastPass, failures: 0 }, 0);
      assert.ok(pollInterval({ maxLag: maxLag + more, lastPass, failures: 0 }, 0) >= wait);
      assert.ok(pollInterval({ maxLag, lastPass: lastPass + more, failures: 0 }, 0) >= wait);
    }),
  );
});

test('a burst is gathered for a quarter of a pass at most, and within the lag', () => {
  fc.assert(
    fc.property(lagOrNone, ms, (maxLag, lastPass) => {
      const rest = restAfterPass({ maxLag, lastPass });
      assert.ok(rest >= 20 && rest <= Math.max(20, lastPass / 4));
      if (maxLag !== undefined) assert.ok(rest <= Math.max(20, maxLag / 4));
    }),
  );
});

test('comparisons come the less often the longer they take, and new keys ask for them soonest', () => {
  fc.assert(
    fc.property(reason, ms, ms, (why, took, more) => {
      const interval = comparisonInterval(why, took);
      assert.ok(interval >= took && interval >= 1_000);
      assert.ok(comparisonInterval(why, took + more) >= interval);
      assert.ok(comparisonInterval('keys', took) <= comparisonInterval('unexplained', took));
      assert.ok(comparisonInterval('unexplained', took) <= comparisonInterval('backstop', took));
    }),
  );
});

test('a backoff lies between half a second and five minutes, and grows', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), chance, (failures, random) => {
      const wait = backoff(failures, random);
      assert.ok(wait >= 500 && wait <= 300_000);
      assert.ok(backoff(failures + 1, random) >= wait);
    }),
  );
});

test('the books: what listings explain is no suspicion, what they do not explain is told once and exactly', () => {
  const steps = fc.array(fc.record({ keys: fc.nat(20), others: fc.nat(3) }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(steps, (rounds) => {
      const ledger = openLedger();
      ledger.follow(NS, true);
      rounds.forEach(({ keys, others }, i) => {
        ledger.wrote(keys + others, i * 1_000, i * 1_000 - 900);
        assert.equal(ledger.close(), undefined, 'a listing is to come');
        ledger.listed(NS, i * 1_000 + 1, keys);
        const before = ledger.explainedAt();
        assert.equal(ledger.close(), others);
        // What a listing left open is no ground for "all is there".
        assert.equal(ledger.explainedAt(), others === 0 ? i * 1_000 - 900 : before);
        assert.equal(ledger.close(), 0);
      });
    }),
  );
});

test('the books: a listing that is ahead of the counter is no suspicion, and hides nothing for long', () => {
  const ledger = openLedger();
  ledger.follow(NS, true);
  ledger.listed(NS, 100, 3);
  ledger.wrote(3, 200, 100);
  ledger.listed(NS, 201, 0);
  assert.equal(ledger.close(), 0);
  // A key that moved came and went with one write: it must not hide a tag that is put later.
  ledger.wrote(1, 300, 200);
  ledger.listed(NS, 301, 2);
  assert.equal(ledger.close(), 0);
  ledger.wrote(1, 10_000, 9_000);
  ledger.listed(NS, 10_001, 0);
  assert.equal(ledger.close(), 1);
});

test('the books: a listing that was ahead hides nothing of what is written during a comparison', () => {
  const ledger = openLedger();
  ledger.follow(NS, true);
  ledger.wrote(1, 100, 0);
  ledger.listed(NS, 101, 8);
  assert.equal(ledger.close(), 0);
  assert.equal(ledger.explainedAt(), undefined, 'seven more are to be counted');
  ledger.follow(NS, false);
  ledger.wrote(2, 200, 100);
  assert.equal(ledger.close(), 2);
});

test('the books: without a namespace that lists, every write of others is unexplained', () => {
  const ledger = openLedger();
  ledger.wrote(2, 100, 0);
  assert.equal(ledger.close(), 2);
  ledger.follow(NS, true);
  ledger.follow(NS, false);
  ledger.wrote(1, 200, 100);
  assert.equal(ledger.close(), 1);
});

test('counters: what others wrote, nothing when nobody did, and a look after a start', () => {
  const node = (kvWrite: number, uptime: number) => ({ kvWrite, uptime });
  assert.equal(changeOf([node(5, 10)], [node(5, 20)]), undefined);
  assert.deepEqual(changeOf([node(5, 10)], [node(7, 20)]), { kind: 'writes', writes: 2, uptime: 20 });
  const two = changeOf([node(5, 10), node(1, 10)], [node(6, 20), node(2, 20)]);
  assert.deepEqual(two, { kind: 'writes', writes: 2, uptime: undefined });
  assert.equal(changeOf([node(5, 10)], [node(6, 9)])?.kind, 'back', 'it started again');
  assert.equal(changeOf([node(5, 10)], [node(1, 20)])?.kind, 'back', 'it started again, long ago');
  assert.equal(changeOf(undefined, undefined)?.kind, 'look');
});

test('the hourly write is believed after two hours in which nothing was behind it, at that moment only', () => {
  const hourly = createHourlyWrites();
  hourly.learn(1_000);
  hourly.learn(1_004);
  assert.equal(hourly.isLikely(1_000 + 3_600), false, 'one hour is no period');
  hourly.learn(1_002 + 3_600);
  assert.equal(hourly.isLikely(1_003 + 7_200), true);
  assert.equal(hourly.isLikely(1_100 + 7_200), false);
  const late = createHourlyWrites();
  for (const uptime of [3_598, 7_201]) late.learn(uptime);
  assert.equal(late.isLikely(10_799), true, 'a moment at the turn of the hour');
});

test('ids that came and went are the difference, and adding ids keeps the order', () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[a-c]{1,4}$/)).map((all) => all.sort() as KeyId[]);
  fc.assert(
    fc.property(ids, ids, (before, now) => {
      const { came, went } = cameAndWent(before, now);
      assert.deepEqual(
        came,
        now.filter((id) => !before.includes(id)),
      );
      assert.deepEqual(
        went,
        before.filter((id) => !now.includes(id)),
      );
      assert.deepEqual(withIds(before, came), [...new Set([...before, ...now])].sort());
    }),
  );
});

test('lags: percentiles of the last changes, and an age while something waits', () => {
  const meter = createLagMeter();
  assert.equal(meter.figures(), undefined);
  for (let i = 1; i <= 100; i++) meter.arrived(i, 1);
  assert.deepEqual(meter.figures(), { last: 100, p50: 50, p95: 95, changes: 100 });
  meter.arrived(7, 5_000);
  assert.deepEqual(meter.figures(), { last: 7, p50: 7, p95: 7, changes: 5_100 });
  assert.equal(lagNow(meter, 1_000), 0);
  meter.waiting = 400;
  assert.equal(lagNow(meter, 1_000), 600);
});

test('a box gives every letter once, and a cancelled wait loses none', async () => {
  const box = createMailbox<number>();
  const stop = new AbortController();
  const waiting = box.take(stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(waiting, /stopped/);
  box.put(1);
  box.put(2);
  assert.deepEqual(await box.take(new AbortController().signal), [1, 2]);
  const next = box.take(new AbortController().signal);
  box.put(3);
  assert.deepEqual(await next, [3]);
  assert.deepEqual(box.empty(), []);
});

test('a gate lets so many through and no more, also when work fails', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.boolean(), { maxLength: 20 }), async (most, works) => {
      const gate = createGate(most);
      let [running, seen, ended] = [0, 0, 0];
      const work = (fails: boolean) => async (): Promise<void> => {
        running += 1;
        seen = Math.max(seen, running);
        await Promise.resolve();
        running -= 1;
        ended += 1;
        if (fails) throw new Error('failed');
      };
      await Promise.allSettled(works.map((fails) => gate(work(fails))));
      assert.ok(seen <= most);
      assert.equal(ended, works.length);
    }),
  );
});

test('work under one name never overlaps, under two it does', async () => {
  const turns = createTurns<string>();
  const order: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${name} ends`);
  };
  await Promise.all([turns('a', work('a1')), turns('a', work('a2')), turns('b', work('b1'))]);
  assert.deepEqual(order, ['a1 begins', 'b1 begins', 'a1 ends', 'a2 begins', 'b1 ends', 'a2 ends']);
});

test('an alarm is repeated once an hour, news is always told', () => {
  const clock = fakeClock();
  const told: string[] = [];
  const listen = quieted(clock, ({ text }) => told.push(text));
  const activity = (level: Activity['level'], text: string): Activity => ({ at: 0, by: 'run', kind: 'x', level, text });
  for (let i = 0; i < 3; i++) listen(activity('alarm', 'a keeper is back'));
  listen(activity('alarm', 'another'));
  for (let i = 0; i < 2; i++) listen(activity('info', 'news'));
  clock.advance(3_600_000);
  listen(activity('alarm', 'a keeper is back'));
  assert.deepEqual(told, ['a keeper is back', 'another', 'news', 'news', 'a keeper is back']);
});
