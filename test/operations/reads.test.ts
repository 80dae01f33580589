import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage.close());

test('the overview shows namespaces, devices, roles and what is missing', async () => {
  const { editor, uri } = stage;
  const known = await editor.read('nethsm/overview', {});
  assert.deepEqual(
    known.manifests.map(({ manifest, errors }) => [manifest, errors]),
    [[uri, 0]],
  );
  assert.equal(known.manifests[0]?.namespaces[0]?.devices[0]?.state, 'unknown', 'nobody was asked');
  let seen = await editor.read('nethsm/overview', { maxAge: 0 });
  for (let i = 0; i < 20 && seen.manifests[0]?.namespaces[0]?.at === undefined; i++) {
    seen = await editor.read('nethsm/overview', { maxAge: 0 });
  }
  const payments = seen.manifests[0]?.namespaces[0];
  assert.equal(payments?.title, 'payments');
  assert.deepEqual(payments?.primaries, ['oslo']);
  assert.equal(payments?.drifting, true);
  const [oslo, bergen] = payments?.devices ?? [];
  assert.deepEqual([oslo?.role, oslo?.state], ['primary', 'Operational']);
  assert.deepEqual(bergen?.drift, { missing: 3, extra: 0, differs: 0, conflict: 0, same: 0 });
});
