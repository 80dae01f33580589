import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyChanges, primaryEdit } from '../../schemas/primary-edit.ts';
import { readManifest } from '../../schemas/read.ts';

const MANIFEST = `# two sites
version: 1
devices:
  oslo: { url: http://127.0.0.1:1/api/v1 }
  bergen: { url: http://127.0.0.1:2/api/v1 }
  tromso: { url: http://127.0.0.1:3/api/v1 }
namespaces:
  payments:
    primary: oslo          # the big one
    replicas: [bergen, "tromso"]
  iot: { primary: bergen, replicas: [ oslo ] }
root:
  replicas:
    - bergen
    - tromso # far away
  primary: 'oslo'
`;

const edited = (namespace: string, device: string): string =>
  applyChanges(MANIFEST, primaryEdit(MANIFEST, namespace, device) ?? assert.fail('no edit'));

test('the two names change places and nothing else does', () => {
  assert.equal(
    edited('payments', 'bergen'),
    MANIFEST.replace('primary: oslo          #', 'primary: bergen          #').replace(
      '[bergen, "tromso"]',
      '[oslo, "tromso"]',
    ),
  );
  assert.equal(
    edited('iot', 'oslo'),
    MANIFEST.replace('primary: bergen, replicas: [ oslo ]', 'primary: oslo, replicas: [ bergen ]'),
  );
});

test('quotes travel with their name; root and block lists too', () => {
  const text = edited('', 'tromso');
  assert.match(text, /- 'oslo' # far away\n {2}primary: tromso\n$/);
  const { manifest } = readManifest(text, 'm');
  assert.deepEqual([manifest?.root?.primary, manifest?.root?.replicas], ['tromso', ['bergen', 'oslo']]);
});

test('nothing is edited where it says so already, where nobody knows the device, or behind an alias', () => {
  assert.equal(primaryEdit(MANIFEST, 'payments', 'oslo'), undefined);
  assert.equal(primaryEdit(MANIFEST, 'payments', 'nowhere'), undefined);
  assert.equal(primaryEdit(MANIFEST, 'nothing', 'bergen'), undefined);
  const aliased = MANIFEST.replace('[bergen, "tromso"]', '&all [bergen, "tromso"]').replace(
    'replicas: [ oslo ]',
    'replicas: *all',
  );
  assert.equal(primaryEdit(aliased, 'iot', 'tromso'), undefined);
});
