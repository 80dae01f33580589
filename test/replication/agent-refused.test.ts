/** Devices that refuse our passphrase are an agent's problem, whichever of them they are and whenever it begins. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import type { Session } from '../../core/device/session.ts';
import { parseNamespace } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';
import { makeAgent } from '../../core/replication/agent/agent-parts.ts';
import { createFigures, figuresOf } from '../../core/replication/agent/figures.ts';
import { runAgent } from '../../core/replication/agent.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { contextOf, policyFor } from '../support/context.ts';
import { type Paired, startPaired } from '../support/paired.ts';
import { sessionOf } from '../support/sites.ts';

const namespace = parseNamespace('payments');
let sites: Paired;
let policy: Policy;

before(async () => {
  sites = await startPaired(['first']);
  policy = { ...policyFor('payments', sites.folder), replication: { mode: 'streaming', maxLag: 10_000 } };
  const ctx = contextWith(sites.oslo.session, sites.bergen.session);
  await syncNamespace(ctx, policy);
  ctx.journal.close();
});
after(() => sites.close());

const contextWith = (...sessions: Session[]): Context =>
  contextOf(sessions, sites.folder, { clock: systemClock, controller: 'run@here' });

/** A session that has another passphrase than the device, as after a change that its file does not show yet. */
const refused = ({ name, session }: Paired['oslo']): Session =>
  sessionOf(name, session.node.url, {
    namespaceAdministrator: async (namespace) => ({ user: `${namespace}~replicator`, passphrase: 'the one before' }),
  });

/** An agent's parts, with the problems that it passes on. */
function agentOf() {
  const problems: Problem[] = [];
  const figures = createFigures(Date.now());
  const onProblem = (problem: Problem): void => void problems.push(problem);
  return { problems, figures, onProblem, own: () => figuresOf(figures, namespace) };
}

test('a replica that refuses is counted and passed on, though the run ends well', async () => {
  const ctx = contextWith(sites.oslo.session, refused(sites.bergen));
  const { problems, figures, onProblem, own } = agentOf();
  const agent = makeAgent(ctx, figures, AbortSignal.timeout(30_000), { onProblem });
  await agent.synchronise(policy);
  assert.deepEqual(
    problems.map(({ kind, place }) => [kind, place.split(' ')[0]]),
    [['unauthorised', 'bergen']],
  );
  assert.equal(own().errors.get('unauthorised'), 1);
  ctx.journal.close();
});

test('a run with no primary to copy from failed', async () => {
  const ctx = contextWith(refused(sites.oslo), sites.bergen.session);
  const { figures, onProblem, own } = agentOf();
  const agent = makeAgent(ctx, figures, AbortSignal.timeout(30_000), { onProblem });
  await assert.rejects(agent.synchronise(policy), { kind: 'unauthorised', place: /^oslo/ });
  assert.equal(own().runs.ok, 0);
  ctx.journal.close();
});

test('a stream that begins while all devices refuse says so', async () => {
  const ctx = contextWith(refused(sites.oslo), refused(sites.bergen));
  const { problems, figures, onProblem, own } = agentOf();
  const stop = new AbortController();
  const running = runAgent(ctx, { policies: [policy], figures, onProblem }, stop.signal);
  for (const end = Date.now() + 20_000; problems.length === 0 && Date.now() < end; ) await sleep(20);
  stop.abort();
  await running;
  assert.equal(problems[0]?.kind, 'unauthorised');
  assert.match(own().problem ?? '', /oslo/);
  ctx.journal.close();
});
