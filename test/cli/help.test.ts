import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseOptions } from '../../cli/options.ts';
import { VERSION } from '../../cli/program.ts';
import { columns } from '../../cli/terminal/text.ts';
import { VERBS } from '../../cli/verbs.ts';
import { runCli } from './run-cli.ts';

const GOLDEN = join(import.meta.dirname, 'golden', 'help');
/** Writes the golden files anew: UPDATE_GOLDEN=1 npx node --test test/cli/help.test.ts */
const update = process.env.UPDATE_GOLDEN === '1';

async function golden(name: string, text: string): Promise<void> {
  const file = join(GOLDEN, `${name}.txt`);
  if (update) {
    await mkdir(GOLDEN, { recursive: true });
    await writeFile(file, text);
  }
  assert.equal(text, await readFile(file, 'utf8'));
}

const NOW = [
  ...['validate', 'inventory', 'diff', 'inspect', 'verify', 'doctor', 'pair', 'backup', 'restore', 'copy-key'],
  ...['backup-key', 'restore-key', 'backup-device', 'archives', 'practice', 'language-server'],
  ...[
    'status',
    'plan',
    'sync',
    'conflicts',
    'roles',
    'promote',
    'recover',
    'rejoin',
    'break-glass',
    'pause',
    'resume',
    'run',
  ],
];

test('the verbs are those that work, and no others', () => {
  assert.deepEqual(Object.keys(VERBS).sort(), [...NOW].sort());
});

test('the help of the program is as it was agreed', async () => {
  for (const words of [['--help'], ['-h'], ['help'], []]) {
    const { code, stdout, stderr } = await runCli(words);
    assert.deepEqual([code, stderr], [0, '']);
    await golden('program', stdout);
  }
});

for (const [name, listed] of Object.entries(VERBS)) {
  test(`the help of ${name} is as it was agreed, fits a terminal, and its examples can be typed`, async () => {
    const { code, stdout } = await runCli([name, '--help']);
    assert.equal(code, 0);
    await golden(name, stdout);
    assert.equal((await runCli(['help', name])).stdout, stdout);
    const { verb } = await listed.load();
    for (const [line] of verb.examples) {
      const [first, ...words] = line.split(' ');
      assert.equal(first, name);
      parseOptions(name, verb.options, verb.positionals, words);
    }
    const texts = stdout.split('\n').filter((line) => !line.startsWith('  nethsm-replication '));
    for (const line of texts) assert.ok(columns(line) <= 100, line);
  });
}

test('the version is that of the package', async () => {
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));
  assert.equal(VERSION, version);
  assert.equal((await runCli(['--version'])).stdout, `${version}\n`);
});
