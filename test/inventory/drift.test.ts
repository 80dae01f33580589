import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { findDrift } from '../../core/inventory/drift.ts';
import { parseNamespace } from '../../core/names.ts';
import { pairDevices } from '../../core/transfer/pair.ts';
import { importKey, keeper, startSites } from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');

test('of thousands of keys that one device alone has none is read, of those that differ each', async () => {
  const sites = await startSites();
  try {
    const { oslo, bergen } = sites;
    for (const [id, byte] of [
      ['both', 1],
      ['tagged', 2],
    ] as const)
      await importKey(oslo, 'payments', id, byte);
    const deviceBackups = join(sites.folder, 'device-backups');
    await pairDevices({ from: oslo.session, to: bergen.session }, { deviceBackups });
    await oslo.must('PUT', '/keys/tagged/restrictions/tags/berlin', keeper('payments'));
    await oslo.practice.seedKeys('payments', 5_000, 'o-');
    await bergen.practice.seedKeys('payments', 2, 'b-');
    for (const { practice } of [oslo, bergen]) {
      const { node } = practice;
      const path = /^\/keys\/(o|b)-\d+$/;
      node.faults.push({ kind: 'answer', status: 500, body: '{}', method: 'GET', path });
    }
    const phases = new Set<string>();
    const drift = await findDrift(oslo.session, bergen.session, PAYMENTS, {
      onProgress: ({ phase }) => void phases.add(phase),
    });
    const ids = (prefix: string, count: number): string[] =>
      Array.from({ length: count }, (_, i) => `${prefix}${String(i + 1).padStart(7, '0')}`);
    assert.deepEqual(drift, {
      missing: ids('o-', 5_000),
      extra: ids('b-', 2),
      differs: [{ id: 'tagged', fields: ['tags'] }],
      unreadable: [],
      same: 1,
    });
    assert.ok(phases.has('reading what differs between oslo and bergen'));
  } finally {
    await sites.close();
  }
});
