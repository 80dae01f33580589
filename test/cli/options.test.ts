import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions } from '../../cli/options.ts';
import { isProblem } from '../../core/problem.ts';
import { runCli } from './run-cli.ts';

const specs = {
  from: { value: 'D', help: '', required: true },
  tag: { value: 'T', help: '', multiple: true },
  users: { help: '' },
} as const;
const words = [
  { name: 'MANIFEST', help: '' },
  { name: 'OTHER', help: '', optional: true },
] as const;
const parse = (...given: string[]) => parseOptions('restore', specs, words, given);
const usage = (cause: RegExp) => (error: unknown) => isProblem(error, 'usage') && cause.test(error.reason);

test('options become values, in any order with the words', () => {
  const { values, words: rest } = parse('--from', 'oslo', 'm.yaml', '--users', '--tag', 'a', '--tag=b');
  assert.deepEqual(
    { from: values.from, users: values.users, tag: values.tag, json: values.json, rest },
    { from: 'oslo', users: true, tag: ['a', 'b'], json: false, rest: ['m.yaml'] },
  );
});

test('what is missing or too much is named', () => {
  assert.throws(() => parse('m.yaml'), usage(/--from D is missing/));
  assert.throws(() => parse('--from', 'oslo'), usage(/MANIFEST is missing/));
  assert.throws(() => parse('m.yaml', 'n.yaml', 'o.yaml', '--from', 'oslo'), usage(/"o.yaml" is one word too many/));
  assert.throws(() => parse('m.yaml', '--from', 'oslo', '--force'), usage(/Unknown option "--force"/));
  assert.throws(() => parse('m.yaml', '--from'), usage(/--from/));
  assert.throws(() => parse('m.yaml', '--from='), usage(/--from is empty/));
  assert.doesNotThrow(() => parse('--help'));
});

test('an unknown verb or option ends with 1 and points at the help', async () => {
  const verb = await runCli(['synchronise']);
  assert.deepEqual([verb.code, verb.stdout], [1, '']);
  assert.match(verb.stderr, /"synchronise" is no verb[\s\S]*nethsm-replication --help/);
  const option = await runCli(['inventory', 'm.yaml', '--force', '--json']);
  assert.equal(option.code, 1);
  assert.equal(JSON.parse(option.stdout).problem.kind, 'usage');
});

test('names that every object has are no verbs', async () => {
  for (const verb of ['toString', '__proto__', 'constructor']) {
    assert.match((await runCli([verb])).stderr, /is no verb/);
  }
});
