import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KeyId, type Namespace, ROOT } from '../../core/names.ts';
import { devicesOf, type Policy } from '../../core/replication/policy.ts';
import { policiesOf, policyOf } from '../../core/replication/policy-of.ts';
import type { Manifest } from '../../schemas/manifest.ts';
import { readManifest } from '../../schemas/read.ts';

const payments = 'payments' as Namespace;

function manifestOf(body: string): Manifest {
  const text = `version: 1
devices:
  oslo: { url: "https://oslo.example/api/v1" }
  bergen: { url: "https://bergen.example/api/v1" }
${body}`;
  const { manifest, diagnostics } = readManifest(text, 'site.nethsm.yaml');
  if (manifest === undefined) throw new Error(JSON.stringify(diagnostics));
  return manifest;
}

/** Functions are no data: they are asked on their own. */
const plain = ({ includes: _, ...rest }: Policy) => rest;
const included = ({ includes }: Policy, ...ids: string[]) => ids.filter((id) => includes(id as KeyId));

test('a namespace of which little is said has the defaults that the manifest documents', () => {
  const policy = policyOf(
    manifestOf('namespaces: { payments: { primary: oslo, replicas: [bergen] } }'),
    payments,
    '/m',
  );
  assert.deepEqual(plain(policy), {
    namespace: 'payments',
    sites: { kind: 'one-way', primary: 'oslo', replicas: ['bergen'] },
    deletions: 'keep',
    maxDeletions: { keys: 10, percent: 1 },
    users: 'operators',
    conflicts: 'stop',
    transfer: 'sealed',
    replication: { mode: 'manual' },
  });
  assert.deepEqual(included(policy, 'a', 'A.b-c_d'), ['a', 'A.b-c_d']);
  assert.deepEqual(devicesOf(policy), ['oslo', 'bergen']);
});

test('everything that a manifest says is in the policy, durations in milliseconds, folders absolute', () => {
  const manifest = manifestOf(`namespaces:
  payments:
    primary: oslo
    replicas: [bergen]
    replication: { mode: scheduled, schedule: "*/15 * * * *", timeZone: Europe/Oslo, maxLag: 30m }
    keys: { include: ["app-*", "card-?"], exclude: ["*-scratch"] }
    deletions: propagate
    maxDeletions: { keys: 3, percent: 50 }
    users: none
    conflicts: keepPrimary
    transfer: import
    backups: { directory: ./backups, schedule: "0 3 * * *", timeZone: UTC, keep: { last: 7, daily: 30 } }`);
  const policy = policyOf(manifest, payments, '/m/site');
  assert.deepEqual(plain(policy), {
    namespace: 'payments',
    sites: { kind: 'one-way', primary: 'oslo', replicas: ['bergen'] },
    deletions: 'propagate',
    maxDeletions: { keys: 3, percent: 50 },
    users: 'none',
    conflicts: 'keepPrimary',
    transfer: 'import',
    replication: { mode: 'scheduled', schedule: '*/15 * * * *', timeZone: 'Europe/Oslo', maxLag: 1_800_000 },
    backups: {
      directory: '/m/site/backups',
      schedule: '0 3 * * *',
      timeZone: 'UTC',
      keep: { last: 7, daily: 30 },
    },
  });
  const ids = ['app-1', 'app-', 'app', 'card-1', 'card-12', 'app-1-scratch', 'xapp-1'];
  assert.deepEqual(included(policy, ...ids), ['app-1', 'app-', 'card-1']);
});

test('an absolute folder of backups stays where it is, and half of what is kept may be said', () => {
  const manifest = manifestOf(
    'namespaces: { payments: { primary: oslo, backups: { directory: /srv/backups, keep: { last: 2 } } } }',
  );
  const { backups, sites } = policyOf(manifest, payments, '/m');
  assert.deepEqual(backups, { directory: '/srv/backups', keep: { last: 2 } });
  assert.deepEqual(sites, { kind: 'one-way', primary: 'oslo', replicas: [] });
});

test('writing sites own what their patterns say, and nothing where ids are shared', () => {
  const owned = policyOf(
    manifestOf('namespaces: { payments: { primaries: { oslo: { owns: ["oslo-*"] }, bergen: {} } } }'),
    payments,
    '/m',
  );
  const shared = policyOf(manifestOf('namespaces: { payments: { primaries: [oslo, bergen] } }'), payments, '/m');
  const owners = ({ sites }: Policy) =>
    sites.kind === 'two-way' &&
    sites.sites.map(({ device, owns }) => [device, owns('oslo-1' as KeyId), owns('bergen-1' as KeyId)]);
  assert.deepEqual(owners(owned), [
    ['oslo', true, false],
    ['bergen', false, false],
  ]);
  assert.deepEqual(owners(shared), [
    ['oslo', false, false],
    ['bergen', false, false],
  ]);
});

test('all namespaces of a manifest have a policy, and root where it is named', () => {
  const namespaces =
    'namespaces: { payments: { primary: oslo, replicas: [bergen] }, iot: { primaries: [oslo, bergen] } }';
  assert.deepEqual([...policiesOf(manifestOf(namespaces), '/m').keys()], ['payments', 'iot']);
  const withRoot = manifestOf(`${namespaces}\nroot: { primary: bergen, replicas: [oslo] }`);
  assert.deepEqual([...policiesOf(withRoot, '/m').keys()], ['payments', 'iot', ROOT]);
  assert.deepEqual(devicesOf(policyOf(withRoot, ROOT, '/m')), ['bergen', 'oslo']);
});

test('a namespace, or root, of which the manifest says nothing is refused', () => {
  const manifest = manifestOf('namespaces: { payments: { primary: oslo, replicas: [bergen] } }');
  for (const namespace of ['iot' as Namespace, 'constructor' as Namespace, ROOT]) {
    assert.throws(() => policyOf(manifest, namespace, '/m'), { kind: 'bad-manifest' });
  }
});
