/** Everything in the operations guide that can be checked is: units, YAML, rules, and every command. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { metricsText } from '../../cli/agent/metrics-text.ts';
import type { Watch } from '../../cli/agent/watch.ts';
import { parseOptions } from '../../cli/options.ts';
import { VERBS } from '../../cli/verbs.ts';
import { parseNamespace } from '../../core/names.ts';
import { createFigures, figuresOf, meterOf } from '../../core/replication/agent/figures.ts';
import { linkOf } from '../../core/replication/journal/journal.ts';
import { readManifest } from '../../schemas/read.ts';
import { policyFor } from '../support/context.ts';

let guide: string;
before(async () => {
  guide = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'operations.md'), 'utf8');
});

const blocks = (language: string): string[] =>
  [...guide.matchAll(new RegExp(`^ *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm'))].map(([, text]) => text ?? '');
const yaml = (): unknown[] =>
  blocks('yaml').flatMap((text) =>
    parseAllDocuments(text).map((document) => {
      assert.deepEqual('errors' in document ? document.errors : [], []);
      return 'toJS' in document ? document.toJS() : undefined;
    }),
  );

test('the manifest of the guide is valid', () => {
  const [text = ''] = blocks('yaml');
  const { diagnostics } = readManifest(text, 'site.nethsm.yaml');
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
});

test('every command exists with its options', async () => {
  const code = [
    ...blocks('sh'),
    ...blocks('crontab'),
    ...[...guide.matchAll(/`(nethsm-replication [^`]*)`/g)].map(([, c]) => c),
  ];
  const lines = code.flatMap((text) => (text ?? '').split('\n')).map((line) => line.trim());
  const commands = lines.flatMap(
    (line) => /nethsm-replication ([a-z-]+ .*)/.exec(line.replace(/ >> .*/, ''))?.[1] ?? [],
  );
  assert.ok(commands.length > 25, `${commands.length} commands`);
  for (const command of commands) {
    const [name = '', ...words] = command.split(/\s+/).filter((word) => word !== 'nethsm-replication');
    assert.ok(Object.hasOwn(VERBS, name), command);
    const { verb } = (await VERBS[name]?.load()) ?? {};
    assert.ok(verb !== undefined);
    assert.doesNotThrow(() => parseOptions(name, verb.options, verb.positionals, words), command);
  }
});

test('the unit has sections and keys, is hardened, and starts a command that exists', async (t) => {
  const [unit = ''] = blocks('ini');
  for (const line of unit.split('\n')) assert.match(line, /^(|#.*|\[(Unit|Service|Install)\]|[A-Za-z]+=.*)$/);
  const exec = /^ExecStart=\S+ \S+\/cli\.js (\S+) (.*)$/m.exec(unit);
  assert.equal(exec?.[1], 'run');
  const { verb } = await (VERBS.run as NonNullable<(typeof VERBS)[string]>).load();
  parseOptions('run', verb.options, verb.positionals, (exec?.[2] ?? '').split(' '));
  const credentials = [...unit.matchAll(/^LoadCredential=([a-z-]+):/gm)].map(([, name]) => name);
  const named = [...(blocks('yaml')[0] ?? '').matchAll(/nethsm-replication\.service\/([a-z-]+)/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual(credentials.sort(), named.sort(), 'each secret of the manifest is loaded, and no other');
  const folder = await mkdtemp(join(tmpdir(), 'unit-'));
  const file = join(folder, 'nethsm-replication.service');
  await writeFile(file, unit);
  const { status, stdout, error } = spawnSync(
    'systemd-analyze',
    ['security', '--offline=true', '--threshold=20', file],
    { encoding: 'utf8' },
  );
  await rm(folder, { recursive: true });
  if (error !== undefined) t.diagnostic('systemd-analyze is not there');
  else assert.equal(status, 0, stdout);
});

test('the Deployment runs one agent, without a right it does not need', () => {
  const deployment = yaml().find((one) => (one as { kind?: string }).kind === 'Deployment') as Deployment;
  const { spec } = deployment.spec.template;
  const [container] = spec.containers;
  assert.equal(deployment.spec.replicas, 1);
  assert.equal(deployment.spec.strategy.type, 'Recreate');
  assert.equal(container?.securityContext.readOnlyRootFilesystem, true);
  assert.deepEqual(container?.securityContext.capabilities.drop, ['ALL']);
  const volumes = new Set(spec.volumes.map(({ name }) => name));
  for (const { name } of container?.volumeMounts ?? []) assert.ok(volumes.has(name), name);
  assert.equal(container?.readinessProbe.httpGet.path, '/readyz');
  assert.equal(container?.livenessProbe.httpGet.path, '/healthz');
});

test('alert rules ask for figures that the agent gives', () => {
  const rules = yaml().find((one) => 'groups' in (one as object)) as Rules;
  const text = metricsText(everything(), Date.now());
  const given = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  const asked = new Set(
    rules.groups.flatMap(({ rules: all }) => all.flatMap(({ expr }) => expr.match(/nethsm_\w+/g) ?? [])),
  );
  assert.ok(asked.size >= 8);
  for (const name of asked) assert.ok(given.has(name), name);
  for (const { rules: all } of rules.groups)
    for (const { alert, annotations } of all) assert.ok(alert && annotations.summary);
});

/** A watch with every figure set. */
function everything(): Watch {
  const figures = createFigures(Date.now());
  const namespace = parseNamespace('payments');
  const own = figuresOf(figures, namespace);
  Object.assign(own, { lastRunAt: 1, lastSuccessAt: 1, lastBackupAt: 1 });
  own.errors.set('busy', 1);
  const meter = meterOf(figures, linkOf(namespace, 'oslo', 'bergen'));
  meter.inSyncAt = 1;
  meter.arrived(5, 1);
  const policy = { ...policyFor('payments', '/tmp'), replication: { mode: 'streaming' as const, maxLag: 1_000 } };
  const journal = { unreachableSince: () => undefined, paused: () => undefined, lastRun: () => undefined };
  const ctx = { journal, clock: { now: () => 0 } } as unknown as NonNullable<Watch['current']>['ctx'];
  return { figures, version: '0.1.0', current: { ctx, policies: [policy] } };
}

interface Probe {
  httpGet: { path: string };
}
interface Deployment {
  spec: {
    replicas: number;
    strategy: { type: string };
    template: {
      spec: {
        volumes: { name: string }[];
        containers: {
          securityContext: { readOnlyRootFilesystem: boolean; capabilities: { drop: string[] } };
          volumeMounts: { name: string }[];
          readinessProbe: Probe;
          livenessProbe: Probe;
        }[];
      };
    };
  };
}
interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
}
