import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { VERBS } from '../../cli/verbs.ts';
import { readManifest } from '../../schemas/read.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const text = (name: string): Promise<string> => readFile(join(ROOT, name), 'utf8');

test('the manifest in the README is valid', async () => {
  const example = /```yaml\n([\s\S]*?)```/.exec(await text('README.md'))?.[1] ?? '';
  const { manifest, diagnostics } = readManifest(example, 'README.md');
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(Object.keys(manifest?.devices ?? {}), ['oslo', 'bergen']);
});

test('the README names every verb, and no other', async () => {
  const table = (await text('README.md')).split('\n').filter((line) => line.startsWith('| `'));
  const named = table.flatMap((line) =>
    [...(line.split('|')[1] ?? '').matchAll(/`([a-z-]+)/g)].map(([, verb]) => verb),
  );
  assert.deepEqual(named.sort(), Object.keys(VERBS).sort());
});

test('every dependency has its line', async () => {
  const { dependencies, devDependencies } = JSON.parse(await text('package.json'));
  const lines = await text('docs/dependencies.md');
  for (const name of Object.keys({ ...dependencies, ...devDependencies }))
    assert.ok(lines.includes(`\`${name}\``), name);
});
