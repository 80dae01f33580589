import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCliPlayground } from './playground.ts';
import { jsonOf } from './run-cli.ts';

test('between two clusters a key is copied; pairing a cluster is refused', async () => {
  const site = await startCliPlayground(['oslo', 'bergen'], { nodes: 2 });
  try {
    const words = ['--namespace', 'payments', '--json'];
    const copied = await site.cli('copy-key', [...words, '--key', 'card-1', '--from', 'oslo', '--to', 'bergen']);
    assert.equal(copied.code, 0, copied.stderr);
    assert.equal(jsonOf(copied).verified, 1);
    const states = site.devices.flatMap(({ nodes }) => nodes.map(({ node }) => node.health));
    assert.deepEqual(states, ['Operational', 'Operational', 'Operational', 'Operational']);
    const refused = await site.cli('pair', ['--from', 'oslo', '--to', 'bergen', '--erase', 'bergen']);
    assert.equal(refused.code, 4);
    assert.match(refused.stderr, /cluster of 2 nodes/);
  } finally {
    await site.end();
  }
});
