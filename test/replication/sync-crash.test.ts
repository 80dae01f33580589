/** A process that dies at any moment of a synchronisation: the next one goes on from there, and nothing is lost. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type DeviceNode, internalsOf, setInternals } from '../../core/device/node.ts';
import type { Session } from '../../core/device/session.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Journal } from '../../core/replication/journal/journal.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { keysOn, type Paired, startPaired } from '../support/paired.ts';
import { importKey, keeper, REPLICATOR_PASSPHRASE } from '../support/sites.ts';

/** Thrown where the process dies: nothing of ours catches it. */
class Death extends Error {}

/** Counts what may be the last thing that a process does; from the fatal one on, everything fails. */
interface Fate {
  left: number;
  met: number;
}

function meet(fate: Fate): void {
  fate.met += 1;
  if (fate.met > fate.left) throw new Death('the process died');
}

function mortalJournal(journal: Journal, fate: Fate): Journal {
  return new Proxy(journal, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || name === 'close') return value;
      return (...args: unknown[]) => {
        meet(fate);
        return value.apply(target, args);
      };
    },
  });
}

function mortalSession(session: Session, fate: Fate): Session {
  const wrap = (node: DeviceNode): DeviceNode => {
    const wrapped: DeviceNode = {
      ...node,
      async request(call, read) {
        meet(fate);
        const answer = await node.request(call, read);
        // The request arrived, and its answer finds nobody.
        meet(fate);
        return answer;
      },
      async open(call) {
        meet(fate);
        return node.open(call);
      },
    };
    const inner = internalsOf(node);
    setInternals(wrapped, {
      ...inner,
      async connect(signal) {
        meet(fate);
        return inner.connect(signal);
      },
    });
    return wrapped;
  };
  const nodes = session.device.nodes.map(wrap);
  return { ...session, device: { ...session.device, nodes }, node: nodes[0] as DeviceNode };
}

let sites: Paired;
let made = 3;
let round = 0;

before(async () => {
  sites = await startPaired(['gone', 'remade', 'tagged']);
});
after(() => sites.close());

const policy = (twoWay: boolean): Policy => ({
  ...policyFor('payments', sites.folder),
  deletions: 'propagate',
  maxDeletions: { keys: 10, percent: 100 },
  ...(twoWay && {
    sites: {
      kind: 'two-way',
      sites: ['oslo', 'bergen'].map((device) => ({ device, owns: () => false })),
    },
  }),
});

/** What a keeper does between two runs: makes, deletes, makes again, tags. */
async function work(): Promise<void> {
  const { oslo } = sites;
  await oslo.must('DELETE', `/keys/${round === 0 ? 'gone' : `new-${round}`}`, keeper('payments'));
  round += 1;
  await oslo.must('DELETE', '/keys/remade', keeper('payments'));
  await importKey(oslo, 'payments', 'remade', (++made % 200) + 20);
  await importKey(oslo, 'payments', `new-${round}`, (++made % 200) + 20);
  await oslo.must('PUT', `/keys/tagged/restrictions/tags/t${round}`, keeper('payments'));
}

/** The record of both sites takes the place of the one of a primary, as a person would have it. */
async function becomes(twoWay: boolean): Promise<void> {
  for (const site of [sites.oslo, sites.bergen]) {
    const replicator = { user: 'payments~replicator', passphrase: REPLICATOR_PASSPHRASE };
    for (const { user } of (await site.must('GET', '/users', replicator)) as { user: string }[]) {
      if (twoWay && /~replication-/.test(user)) await site.must('DELETE', `/users/${user}`, replicator);
    }
  }
}

async function dieAndGoOn(name: string, rules: Policy, ctx: Context): Promise<number> {
  let deaths = 0;
  const fate: Fate = { left: 1, met: 0 };
  const sessions = [sites.oslo, sites.bergen].map(({ session }) => mortalSession(session, fate));
  for (; ; fate.left += EVERY, fate.met = 0) {
    await work();
    const wanted = await keysOn(sites.oslo);
    const mortal: Context = {
      ...ctx,
      journal: mortalJournal(ctx.journal, fate),
      session: (device) => sessions.find((one) => one.name === device) as Session,
    };
    const died = await syncNamespace(mortal, rules).then(
      () => false,
      (error: unknown) => {
        assert.ok(fate.met > fate.left, String(error));
        return true;
      },
    );
    sites.clock.advance(200_000);
    const place = `${name}, dead after ${fate.left} of its acts`;
    for (let i = 0; i < 3; i++) {
      const report = await syncNamespace(ctx, rules);
      assert.deepEqual([report.stopped, report.conflicts, report.alarms], [undefined, [], []], place);
      if (report.steps.length === 0) break;
      assert.ok(i < 2, `${place}: ${JSON.stringify(report.steps)}`);
    }
    assert.deepEqual(await keysOn(sites.oslo), wanted, `${place}: the keeper's keys are as he left them`);
    assert.deepEqual(await keysOn(sites.bergen), wanted, `${place}: the other site has them`);
    assert.deepEqual(ctx.journal.openSteps(), [], place);
    if (!died) return deaths;
    deaths += 1;
  }
}

/** Every so manieth act is a last one; `CRASH_EVERY=1` tries them all, which takes minutes. */
const EVERY = Number(process.env.CRASH_EVERY ?? 97);

for (const twoWay of [false, true]) {
  const name = twoWay ? 'between two sites that write' : 'towards a replica';
  test(`a process that dies anywhere in a run ${name} is no loss`, async () => {
    const controller = twoWay ? 'two-way' : 'one-way';
    const ctx = contextOf([sites.oslo.session, sites.bergen.session], sites.folder, { clock: sites.clock, controller });
    await becomes(twoWay);
    await syncNamespace(ctx, policy(twoWay));
    const deaths = await dieAndGoOn(name, policy(twoWay), ctx);
    assert.ok(deaths > 3, `${deaths} deaths`);
    ctx.journal.close();
  });
}
