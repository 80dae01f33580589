import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Clock } from '../../core/clock.ts';
import { isProblem } from '../../core/problem.ts';
import { withLease } from '../../core/replication/roles/lease.ts';
import { formatLease, type Lease, leaseTag, parseLease } from '../../core/replication/roles/lease-record.ts';
import { readRoles } from '../../core/replication/roles/read-roles.ts';
import fc from '../support/laws.ts';
import { patience } from '../support/patience.ts';
import { startReplicated } from '../support/replicated.ts';
import { keeper } from '../support/sites.ts';

const LEASE = 'payments~replication-lease';
const { oslo, bergen, clock, policy, ctx, contextFor, close } = await startReplicated({ creationPauseMs: 10 });
const ours = contextFor('ours@test');
const theirs = contextFor('theirs@test');
after(close);

const leaseOf = async (device: string): Promise<Lease | undefined> =>
  (await readRoles(ctx, policy)).devices.get(device)?.lease;
const isBusy = (error: unknown): boolean => isProblem(error, 'busy');
/** Gives what runs in the background its time. */
const eventually = patience(30_000);

test('a lease comes out of its user as it went in, and the latest end counts', () => {
  const lease = fc
    .tuple(
      fc.stringMatching(/^[A-Za-z0-9._@-]{1,64}$/),
      fc.stringMatching(/^[0-9a-f]{8,64}$/),
      fc.integer({ min: 0, max: 9_999_999_999 }),
      fc.array(fc.integer({ min: 0, max: 9_999_999_999 })),
    )
    .map(([holder, nonce, until, renewals]) => ({ lease: { holder, nonce, until }, renewals }));
  fc.assert(
    fc.property(lease, ({ lease, renewals }) => {
      const { until, ...rest } = parseLease(formatLease(lease), ['x', ...renewals.map(leaseTag)]);
      assert.deepEqual(rest, { holder: lease.holder, nonce: lease.nonce });
      assert.equal(until, Math.max(lease.until, ...renewals));
    }),
  );
  assert.equal(parseLease('something else', []).until, 0);
});

test('a lease is held while the work lasts, on every device, and given back', async () => {
  const result = await withLease(ours, [bergen.session, oslo.session], policy, async ({ signal, requireHeld }) => {
    for (const device of ['oslo', 'bergen']) {
      const lease = await leaseOf(device);
      assert.deepEqual([lease?.holder, (lease?.until ?? 0) > clock.now() / 1000], ['ours@test', true]);
    }
    await requireHeld();
    assert.equal(signal.aborted, false);
    return 'done';
  });
  assert.equal(result, 'done');
  assert.deepEqual([await leaseOf('oslo'), await leaseOf('bergen')], [undefined, undefined]);
});

test('somebody else is told who is at work, and takes nothing', async () => {
  await withLease(ours, [bergen.session], policy, async () => {
    await assert.rejects(
      withLease(theirs, [bergen.session, oslo.session], policy, async () => assert.fail()),
      (error) =>
        isProblem(error, 'busy') && /ours@test/.test(error.message) && /taken over from 2026-/.test(error.message),
    );
    assert.equal(await leaseOf('oslo'), undefined, 'all or none');
  });
  await withLease(ours, [oslo.session], policy, async () => {
    await assert.rejects(
      withLease(theirs, [oslo.session, bergen.session], policy, async () => assert.fail()),
      isBusy,
    );
    assert.equal(await leaseOf('bergen'), undefined, 'what was taken first is given back');
  });
});

test('an error, and a cancel, give it back too', async () => {
  await assert.rejects(
    withLease(ours, [oslo.session], policy, async () => {
      throw new Error('broken');
    }),
    /broken/,
  );
  const cancel = new AbortController();
  await assert.rejects(
    withLease({ ...ours, signal: cancel.signal }, [oslo.session], policy, async ({ signal }) => {
      cancel.abort();
      assert.equal(signal.aborted, true);
      signal.throwIfAborted();
    }),
  );
  assert.equal(await leaseOf('oslo'), undefined);
  await assert.rejects(
    withLease({ ...ours, signal: AbortSignal.abort() }, [oslo.session], policy, async () => {}),
    (error) => isProblem(error, 'cancelled'),
  );
});

test('it is renewed for as long as the work lasts', async () => {
  await withLease(ours, [oslo.session], policy, async () => {
    for (let i = 0; i < 60; i++) {
      clock.advance(10_000);
      await new Promise((resolve) => setTimeout(resolve, 15));
      assert.ok(((await leaseOf('oslo'))?.until ?? 0) > clock.now() / 1000, `it ran out after ${i} tens of seconds`);
    }
    await eventually('its one end', async () => {
      const tags = await oslo.must('GET', `/users/${LEASE}/tags`, keeper('payments'));
      return (tags as string[]).length === 1;
    });
  });
});

test('one that a crash left is taken over a minute after its end, not sooner', async () => {
  const until = Math.floor(clock.now() / 1000) + 120;
  await oslo.must('PUT', `/users/${LEASE}`, keeper('payments'), {
    realName: formatLease({ holder: 'crashed@test', nonce: 'deadbeef', until }),
    role: 'Operator',
    passphrase: 'somePassphrase1',
  });
  clock.advance(until * 1000 + 59_000 - clock.now());
  await assert.rejects(
    withLease(ours, [oslo.session], policy, async () => {}),
    isBusy,
  );
  clock.advance(1_000);
  await withLease(ours, [oslo.session], policy, async () => {
    assert.equal((await leaseOf('oslo'))?.holder, 'ours@test');
  });
});

test('one that a clock ahead of its time left does not hold anybody up', async () => {
  const put = (ahead: number): Promise<unknown> =>
    oslo.must('PUT', `/users/${LEASE}`, keeper('payments'), {
      realName: formatLease({
        holder: 'ahead@test',
        nonce: 'deadbeef',
        until: Math.floor(clock.now() / 1000) + ahead,
      }),
      role: 'Operator',
      passphrase: 'somePassphrase1',
    });
  await put(600);
  await assert.rejects(
    withLease(ours, [oslo.session], policy, async () => {}),
    isBusy,
  );
  await oslo.must('DELETE', `/users/${LEASE}`, keeper('payments'));
  await put(700);
  await withLease(ours, [oslo.session], policy, async () => {
    assert.equal((await leaseOf('oslo'))?.holder, 'ours@test');
  });
});

test('a lease that somebody took over is noticed, and theirs is left alone', async () => {
  await assert.rejects(
    withLease(ours, [oslo.session], policy, async ({ signal, requireHeld }) => {
      await oslo.must('DELETE', `/users/${LEASE}`, keeper('payments'));
      await oslo.must('PUT', `/users/${LEASE}`, keeper('payments'), {
        realName: formatLease({ holder: 'theirs@test', nonce: 'deadbeef', until: 9_999_999_999 }),
        role: 'Operator',
        passphrase: 'somePassphrase1',
      });
      clock.advance(30_000);
      await eventually('its loss', () => signal.aborted);
      await requireHeld();
    }),
    isBusy,
  );
  assert.equal((await leaseOf('oslo'))?.holder, 'theirs@test');
  await oslo.must('DELETE', `/users/${LEASE}`, keeper('payments'));
});

test('it is looked for before it is relied on', async () => {
  await assert.rejects(
    withLease(ours, [oslo.session], policy, async ({ signal, requireHeld }) => {
      await oslo.must('DELETE', `/users/${LEASE}`, keeper('payments'));
      await assert.rejects(requireHeld(), isBusy);
      assert.equal(signal.aborted, true);
      await requireHeld();
    }),
    isBusy,
  );
});

test('a device that does not answer a renewal is tried again until the lease ran out', async () => {
  let pauses = 0;
  const counting: Clock = {
    ...clock,
    sleep(ms, signal) {
      if (ms === 30_000) pauses += 1;
      return clock.sleep(ms, signal);
    },
  };
  await withLease({ ...ours, clock: counting }, [oslo.session], policy, async ({ signal }) => {
    const before = await leaseOf('oslo');
    oslo.practice.nodes[0]?.inject({ kind: 'answer', status: 500, method: 'GET', path: /replication-lease$/ });
    clock.advance(30_000);
    await eventually('a renewal that fails', () => pauses === 2);
    assert.equal(oslo.practice.node.faults.length, 0);
    clock.advance(30_000);
    await eventually('a renewal', async () => ((await leaseOf('oslo'))?.until ?? 0) > (before?.until ?? 0));
    assert.equal(signal.aborted, false);
    oslo.practice.nodes[0]?.inject({ kind: 'answer', status: 500, method: 'GET', path: /lease$/, times: 99 });
    clock.advance(300_000);
    await eventually('its loss', () => signal.aborted);
    oslo.practice.nodes[0]?.clearFaults();
  });
  assert.equal(await leaseOf('oslo'), undefined);
});

test('of two who ask at the same moment on two nodes, never both work', async () => {
  const slow = {
    now: clock.now,
    sleep: async (ms: number, signal?: AbortSignal) => {
      if (ms < 30_000) clock.advance(ms);
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, ms < 30_000 ? 50 : 600_000);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      });
    },
  };
  let atWork = 0;
  const work = async (): Promise<void> => {
    atWork += 1;
    assert.equal(atWork, 1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    atWork -= 1;
  };
  for (let i = 0; i < 8; i++) {
    const outcomes = await Promise.allSettled([
      withLease({ ...ours, clock: slow }, [bergen.session, oslo.session], policy, work),
      withLease({ ...theirs, clock: slow }, [oslo.session, bergen.fromSecond], policy, work),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert.ok(isBusy(outcome.reason));
    assert.deepEqual([await leaseOf('oslo'), await leaseOf('bergen')], [undefined, undefined]);
  }
});
