import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { domainFingerprint } from '../../core/backup/domain.ts';

const versions = { key: Buffer.from('kk'), authentication: Buffer.from('a'), namespace: Buffer.from('') };

test('the fingerprint is over the three values in their order, each with its length', () => {
  const bytes = Buffer.from('\0\0\0\x02kk\0\0\0\x01a\0\0\0\0');
  const expected = createHash('sha256').update(bytes).digest('hex');
  assert.equal(domainFingerprint(versions), `sha256:${expected}`);
});

test('each of the three values counts, and where one ends', () => {
  const others = [
    { ...versions, key: Buffer.from('k') },
    { ...versions, authentication: Buffer.from('b') },
    { ...versions, namespace: Buffer.from('n') },
    { ...versions, key: Buffer.from('k'), authentication: Buffer.from('ka') },
  ];
  assert.equal(new Set([versions, ...others].map(domainFingerprint)).size, 5);
});
