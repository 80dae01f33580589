/** No secret in anything that a run prints or leaves behind, whether it works or fails. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { problemLines } from '../../cli/report-problem.ts';
import { makeStyle } from '../../cli/terminal/style.ts';
import { asProblem } from '../../core/as-problem.ts';
import { Problem } from '../../core/problem.ts';
import { type CliPlayground, startCliPlayground } from './playground.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { assertSecretFree, filesOf } from './secret-free.ts';

let site: CliPlayground;
before(async () => {
  site = await startCliPlayground();
});
after(() => site.end());

test('every verb, well and ill, prints no secret and leaves none in the state folder', async () => {
  const NAMESPACE = ['--namespace', 'payments'];
  const out = join(site.folder, 'out.nethsm-archive');
  const whole = join(site.folder, 'out.bin');
  const env = site.fileSecrets;
  const wrong = { NETHSM_BACKUP_PASSPHRASE: 'a-wrong-passphrase' };
  const wrongUnlock = { NETHSM_UNLOCK_PASSPHRASE: 'a-wrong-passphrase' };
  const results: [string, CliResult][] = [];
  const note = (name: string, result: CliResult): void => void results.push([name, result]);
  note('inventory', await site.cli('inventory', NAMESPACE));
  note('backup', await site.cli('backup', [...NAMESPACE, '--out', out, '--json']));
  note('restore', await site.cli('restore', [...NAMESPACE, '--from', out, '--device', 'bergen', '--users', '--json']));
  note('backup-device', await site.cli('backup-device', ['--device', 'oslo', '--out', whole]));
  note('inspect', await runCli(['inspect', whole, '--unseal', '--json'], { env }));
  for (const json of [[], ['--json']]) {
    note('verify', await runCli(['verify', out, ...json], { env: wrong }));
    note('inspect', await runCli(['inspect', whole, '--unseal', ...json], { env: { ...env, ...wrongUnlock } }));
    note(
      'restore',
      await site.cli('restore', [...NAMESPACE, '--from', out, '--device', 'bergen', ...json], { env: wrong }),
    );
    note('doctor', await site.cli('doctor', json));
  }
  const text = await readFile(site.manifest, 'utf8');
  await writeFile(site.manifest, text.replaceAll('./secrets/administrator', './secrets/backup'));
  note('wrong log-in', await site.cli('doctor', ['--json']));
  await writeFile(site.manifest, text.replaceAll('{ file: ./secrets/administrator }', `${site.secrets.administrator}`));
  for (const verb of ['validate', 'doctor']) {
    const result = await site.cli(verb, ['--json']);
    assert.equal(result.code, 3, 'a secret in the manifest is an error');
    note(`${verb}, secret in the manifest`, result);
  }
  await writeFile(site.manifest, text);
  assert.deepEqual(new Set(results.map(([, { code }]) => code)), new Set([0, 1, 3]));
  for (const [name, { stdout, stderr }] of results)
    assertSecretFree(site.secrets, stdout + stderr, `the output of ${name}`);
  const left = await filesOf(site.state);
  assert.ok(left.some((file) => file.endsWith('known-devices.json')));
  for (const file of left) assertSecretFree(site.secrets, await readFile(file, 'latin1'), file);
});

test('an exception that nobody foresaw is told without its message', () => {
  const secret = 'correct horse battery staple';
  const style = makeStyle(false);
  for (const error of [new Error(secret), new TypeError(`bad ${secret}`, { cause: secret }), secret, { secret }]) {
    const problem = asProblem(error);
    const text = [...problemLines(problem, style), problem.message, JSON.stringify(problem)].join('\n');
    assert.equal(problem.kind, 'unexpected');
    assert.ok(!text.includes('horse'), text);
    assert.match(text, /report/);
  }
  assert.match(asProblem(new TypeError('x')).reason, /TypeError at .*secrecy\.test\.ts:\d+/);
});

test('errors of the system become problems with a remedy, and text from outside is escaped', () => {
  const error = Object.assign(new Error('x'), { code: 'ENOSPC', path: '/var/x', syscall: 'write' });
  assert.match(
    problemLines(asProblem(error), makeStyle(false)).join('\n'),
    /\/var\/x: no space is left.*\n {2}→ Make room/,
  );
  const odd = new Problem({ kind: 'unexpected', place: 'a\u001b[2J', cause: 'b\u202e', remedy: 'c\nd' });
  assert.deepEqual(problemLines(odd, makeStyle(false)), ['Error: a\\u{1b}[2J: b\\u{202e}.', '  → c\\u{a}d.']);
});
