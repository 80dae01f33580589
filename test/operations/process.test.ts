import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { QUICKLY } from '../support/quick-scrypt.ts';

let folder: string;
before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'process-')));
});
after(() => rm(folder, { recursive: true, force: true }));

/** The process as the editor starts it. */
async function start(trusted: boolean): Promise<{ connection: ProtocolConnection; child: ChildProcess }> {
  const script = join(import.meta.dirname, '..', '..', 'server', 'process.ts');
  const child = spawn(process.execPath, [...QUICKLY, script, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (child.stdin === null || child.stdout === null) throw new Error('no pipes');
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.onNotification('nethsm/changed', () => {});
  connection.onNotification('nethsm/progress', () => {});
  connection.listen();
  // A process that does not start must not keep the test waiting.
  child.once('exit', () => connection.dispose());
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: { workspace: { workspaceFolders: true } },
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'test' }],
    initializationOptions: { engine: { trusted, stateFolder: join(folder, '.state') } },
  });
  await connection.sendNotification('initialized', {});
  return { connection, child };
}

async function stop({ connection, child }: Awaited<ReturnType<typeof start>>): Promise<number> {
  const ended = once(child, 'exit');
  await connection.sendRequest('shutdown');
  await connection.sendNotification('exit');
  const [code] = await ended;
  connection.dispose();
  return code as number;
}

test('the process serves the engine, ends when told, and starts again with what it knew', async () => {
  const first = await start(true);
  const started = await first.connection.sendRequest<{ ended: string; file: string; summary: string }>(
    'nethsm/do/startPractice',
    { folder, fresh: false, operation: 'one' },
  );
  assert.equal(started.ended, 'done', started.summary);
  const manifest = pathToFileURL(started.file).href;
  const paused = await first.connection.sendRequest<{ ended: string }>('nethsm/do/pause', {
    manifest,
    namespace: 'payments',
    operation: 'two',
  });
  assert.equal(paused.ended, 'done');
  assert.equal(await stop(first), 0);

  const second = await start(false);
  const { manifests } = await second.connection.sendRequest<{ manifests: { namespaces: { paused?: object }[] }[] }>(
    'nethsm/overview',
    {},
  );
  assert.ok(manifests[0]?.namespaces[0]?.paused, 'the journal is the same');
  const refused = await second.connection.sendRequest<{ problem: { kind: string } }>('nethsm/do/diff', {
    manifest,
    namespace: 'payments',
    operation: 'three',
  });
  assert.equal(refused.problem.kind, 'untrusted');
  assert.equal(await stop(second), 0);
});

test('the process ends by itself when the editor is gone', async () => {
  const { child } = await start(false);
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
});
