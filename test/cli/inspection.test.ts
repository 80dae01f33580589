import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectionJson, showNamespaces } from '../../cli/inspection.ts';
import { makeOutput } from '../../cli/output.ts';
import type { Run } from '../../cli/run.ts';

const facts = (i: number) => ({
  type: 'EC_P256',
  mechanisms: ['ECDSA_Signature'],
  tags: [],
  operations: i,
  ...(i % 2 === 0 && { certificate: { contentType: 'text/plain', data: Buffer.from(`c${i}`) } }),
});

async function text(pieces: AsyncIterable<string>): Promise<string> {
  const parts: string[] = [];
  for await (const piece of pieces) parts.push(piece);
  return parts.join('');
}

test('the pieces are one document, with certificates in base64', async () => {
  const keys = Object.fromEntries(Array.from({ length: 2500 }, (_, i) => [`k${i}`, facts(i)]));
  const namespaces = { '': { users: ['admin'], keys: {} }, payments: { users: [], keys } };
  const document = JSON.parse(await text(inspectionJson({ format: 'backup', odd: ['x'] }, namespaces)));
  assert.deepEqual(Object.keys(document), ['format', 'odd', 'namespaces']);
  assert.deepEqual(document.namespaces[''], { users: ['admin'], keys: {} });
  assert.deepEqual(Object.keys(document.namespaces.payments.keys), Object.keys(keys));
  assert.deepEqual(document.namespaces.payments.keys.k2, {
    ...facts(2),
    certificate: { contentType: 'text/plain', data: Buffer.from('c2').toString('base64') },
  });
});

test('half a million keys are shown, opened or not', () => {
  const ids = Array.from({ length: 250_000 }, (_, i) => `k${i}`);
  const namespaces = {
    closed: { users: [], keys: Object.fromEntries(ids.map((id) => [id, {}])) },
    opened: { users: [], keys: Object.fromEntries(ids.map((id, i) => [id, facts(i)])) },
  };
  let lines = 0;
  const sink = {
    write(chunk: string) {
      lines += chunk.split('\n').length - 1;
    },
  };
  const output = makeOutput({ stdout: sink, stderr: sink, env: {} }, false, () => {});
  showNamespaces(output as Run, namespaces);
  assert.equal(lines, 500_005);
});
