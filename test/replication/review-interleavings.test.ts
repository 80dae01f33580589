/** Keepers who act between a plan and its steps: what they made or changed meanwhile is not overwritten. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Context } from '../../core/replication/context.ts';
import type { Journal } from '../../core/replication/journal/journal.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { resolveConflict } from '../../core/replication/resolve.ts';
import { syncNamespace } from '../../core/replication/sync.ts';
import { policyFor } from '../support/context.ts';
import { idsOn, type Paired, startPaired } from '../support/paired.ts';
import { app, importKey, keeper, type Site } from '../support/sites.ts';

let sites: Paired;

const policy = (): Policy => ({
  ...policyFor('payments', sites.folder),
  sites: { kind: 'two-way', sites: ['bergen', 'oslo'].map((device) => ({ device, owns: () => false })) },
  deletions: 'propagate',
  maxDeletions: { keys: 10, percent: 100 },
});

interface Facts {
  public: { data: string };
  restrictions: { tags?: string[] };
}
const factsOn = async (site: Site, id: string): Promise<Facts> =>
  (await site.must('GET', `/keys/${id}`, app('payments'))) as Facts;

async function remake(site: Site, id: string, byte: number): Promise<void> {
  await site.must('DELETE', `/keys/${id}`, keeper('payments'));
  await importKey(site, 'payments', id, byte);
}

/** The engine while somebody acts on a device once: as the first thing after a step of a kind was begun. */
function interrupted(kind: string, act: () => Promise<void>): Context {
  let isDue = false;
  const journal: Journal = {
    ...sites.ctx.journal,
    openStep(step) {
      isDue ||= step.kind === kind;
      return sites.ctx.journal.openStep(step);
    },
  };
  const session: Context['session'] = (name) => {
    const own = sites.ctx.session(name);
    return {
      ...own,
      async namespaceAdministrator(namespace) {
        if (isDue) {
          isDue = false;
          await act();
        }
        return own.namespaceAdministrator(namespace);
      },
    };
  };
  return { ...sites.ctx, journal, session };
}

before(async () => {
  sites = await startPaired(['anew', 'tagged', 'large']);
  await syncNamespace(sites.ctx, policy());
});
after(() => sites.close());

test('a key that the other site makes anew before it is replaced stays', async () => {
  const { oslo, bergen } = sites;
  await remake(oslo, 'anew', 50);
  const acting = interrupted('replace', () => remake(bergen, 'anew', 51));
  const report = await syncNamespace(acting, policy());
  assert.deepEqual(
    report.steps.map(({ kind, verified }) => [kind, verified]),
    [['replace', 0]],
  );
  assert.notEqual((await factsOn(bergen, 'anew')).public.data, (await factsOn(oslo, 'anew')).public.data);
  const { conflicts } = await syncNamespace(sites.ctx, policy());
  assert.deepEqual(
    conflicts.map(({ id, kind }) => [id, kind]),
    [['anew', 'other-key']],
  );
});

test('tags that the other site sets before it is updated stay', async () => {
  const { oslo, bergen } = sites;
  await oslo.must('PUT', '/keys/tagged/restrictions/tags/north', keeper('payments'));
  const acting = interrupted('update', async () => {
    await bergen.must('PUT', '/keys/tagged/restrictions/tags/south', keeper('payments'));
  });
  await syncNamespace(acting, policy());
  assert.deepEqual((await factsOn(bergen, 'tagged')).restrictions.tags, ['south']);
  const { conflicts } = await syncNamespace(sites.ctx, policy());
  assert.ok(conflicts.some(({ id }) => id === 'tagged'));
});

test('nothing is taken out for a key that can not come', async () => {
  const { oslo, bergen } = sites;
  await remake(oslo, 'large', 60);
  await oslo.must('PUT', '/keys/large/cert', keeper('payments'), 'c'.repeat(1_000_000));
  await remake(bergen, 'large', 61);
  const { public: there } = await factsOn(bergen, 'large');
  const report = await resolveConflict(sites.ctx, policy(), { id: 'large', keep: 'oslo' });
  assert.equal(report.verified, 0);
  assert.match(report.steps[0]?.problem ?? '', /large/);
  assert.ok((await idsOn(bergen)).includes('large'));
  assert.deepEqual((await factsOn(bergen, 'large')).public, there);
});
