import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { applyEdits } from '../language/client.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage.close());

const inPayments = () => ({ manifest: stage.uri, namespace: 'payments' });

test('a primary that was lost is replaced, comes back, and joins again as a replica', async () => {
  const { editor, oslo } = stage;
  assert.equal((await editor.run('synchronise', inPayments())).ended, 'done');
  oslo.nodes[0]?.setHealth('Failed');
  const seen = await overview();
  const [first, second] = seen?.devices ?? [];
  assert.match(first?.cannot.synchronise ?? '', /oslo is Failed/);
  assert.equal(second?.cannot.failover, undefined);
  assert.match(second?.cannot.switchover ?? '', /oslo is Failed/);
  const lost = { ...inPayments(), device: 'bergen', acceptLoss: true };
  const preview = await editor.read('nethsm/preview', { command: 'failover', params: lost });
  const promoted = await editor.run('failover', { ...lost, typed: 'payments', premise: preview.premise });
  assert.match(promoted.summary, /bergen is primary of payments, epoch 2/, promoted.details);
  const text = await readFile(stage.playground.manifest, 'utf8');
  await writeFile(stage.playground.manifest, applyEdits(text, Object.values(promoted.edit?.changes ?? {}).flat()));

  oslo.nodes[0]?.setHealth('Operational');
  const returned = await overview();
  const behind = returned?.devices.find(({ device }) => device === 'oslo');
  assert.deepEqual([behind?.role, behind?.epoch, behind?.cannot.rejoin], ['replica', 1, undefined]);
  const again = { ...inPayments(), device: 'oslo' };
  const before = await editor.read('nethsm/preview', { command: 'rejoin', params: again });
  assert.match(before.changes.join(' '), /oslo is locked and follows bergen/, JSON.stringify(before));
  const joined = await editor.run('rejoin', { ...again, premise: before.premise });
  assert.match(joined.summary, /oslo is a replica again: bergen is primary/, joined.details);
  const wrong = await editor.run('rejoin', again);
  assert.notEqual(wrong.ended, 'failed', wrong.summary);
});

test('keepers come back from an archive when their name is typed', async () => {
  const { editor } = stage;
  const { archives } = await editor.read('nethsm/archives', { manifest: stage.uri });
  const made = archives.find(({ title, namespace }) => title.startsWith('payments~oslo~') && namespace === 'payments');
  assert.ok(made, archives.map(({ file }) => file).join(' '));
  const params = { ...inPayments(), device: 'oslo', file: made.file };
  const preview = await editor.read('nethsm/preview', { command: 'breakGlass', params });
  assert.equal(preview.mustType, 'payments');
  const result = await editor.run('breakGlass', { ...params, typed: 'payments', premise: preview.premise });
  assert.match(result.details, /keeper/);
  assert.equal(result.ended, 'done', result.details);
});

/** The namespace as a view shows it once the devices answered. */
async function overview() {
  let seen = await stage.editor.read('nethsm/overview', { maxAge: 0 });
  for (let i = 0; i < 5; i++) seen = await stage.editor.read('nethsm/overview', { maxAge: 0 });
  return seen.manifests[0]?.namespaces[0];
}
