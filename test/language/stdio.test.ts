// biome-ignore-all lint/suspicious/noExplicitAny: answers of the protocol are looked at as they come
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { GOOD } from '../schemas/manifest-text.ts';

const START = fileURLToPath(new URL('../../server/process.ts', import.meta.url));

function start() {
  const process_ = spawn(process.execPath, [START, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createProtocolConnection(
    new StreamMessageReader(process_.stdout),
    new StreamMessageWriter(process_.stdin),
  );
  const pushed: PublishDiagnosticsParams[] = [];
  const waiting = new Set<() => void>();
  connection.onNotification('textDocument/publishDiagnostics', (params) => {
    pushed.push(params);
    for (const wake of waiting) wake();
  });
  connection.onRequest('client/registerCapability', () => null);
  connection.listen();
  /** The first push that fits, from now or before. */
  const push = async (fits: (params: PublishDiagnosticsParams) => boolean) => {
    for (;;) {
      const found = pushed.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((wake) => waiting.add(wake));
    }
  };
  return { process_, connection, push, pushed };
}

describe('over stdio', { timeout: 20_000 }, () => {
  test('an editor that does not ask gets pushed diagnostics, of files that are not open too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'manifests-'));
    writeFileSync(join(folder, 'closed.nethsm.yaml'), GOOD.replace('primary: oslo', 'primary: olso'));
    const { process_, connection, push } = start();
    try {
      const workspaceFolders = [{ uri: pathToFileURL(folder).href, name: 'w' }];
      await connection.sendRequest('initialize', {
        processId: process.pid,
        rootUri: null,
        capabilities: {},
        workspaceFolders,
      });
      await connection.sendNotification('initialized', {});
      const closed = await push(({ uri }) => uri.endsWith('/closed.nethsm.yaml'));
      assert.deepEqual(
        closed.diagnostics.map(({ code }) => code),
        ['unknown-device'],
      );
      assert.match(
        String(closed.diagnostics[0]?.codeDescription?.href),
        /^file:.*\/docs\/diagnostics\/unknown-device\.md$/,
      );

      const uri = pathToFileURL(join(folder, 'open.nethsm.yaml')).href;
      const text = GOOD.replaceAll('example', 'test');
      await connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId: 'yaml', version: 1, text },
      });
      await push((one) => one.uri === uri && one.diagnostics.length === 0);
      const line = text.split('\n').findIndex((one) => one.includes('deletions: propagate'));
      const range = { start: { line, character: 15 }, end: { line, character: 24 } };
      await connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version: 2 },
        contentChanges: [{ range, text: 'kep' }],
      });
      const wrong = await push((one) => one.uri === uri && one.diagnostics.length === 1);
      assert.match(String(wrong.diagnostics[0]?.message), /did you mean "keep"/);
      assert.deepEqual(wrong.diagnostics[0]?.range, { start: range.start, end: { line, character: 18 } });

      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      assert.deepEqual(await once(process_, 'exit'), [0, null]);
    } finally {
      process_.kill();
      rmSync(folder, { recursive: true });
    }
  });

  test('an editor that asks gets answers, also about a large text that changes while it is parsed', async () => {
    const { process_, connection, pushed } = start();
    try {
      const capabilities = { textDocument: { diagnostic: {} } };
      await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities });
      await connection.sendNotification('initialized', {});
      const uri = 'file:///large.nethsm.yaml';
      const entries = Array.from(
        { length: 2_000 },
        (_, index) => `  n${index}:\n    primary: oslo\n    replicas: [bergen]\n`,
      );
      const text = `${GOOD.slice(0, GOOD.indexOf('namespaces:'))}namespaces:\n${entries.join('')}`;
      await connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId: 'yaml', version: 1, text },
      });
      const outdated = connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } });
      await new Promise((wake) => setTimeout(wake, 50));
      const at = { line: 18, character: 13 };
      await connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version: 2 },
        contentChanges: [{ range: { start: at, end: { ...at, character: 17 } }, text: 'olso' }],
      });
      const report: any = await connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } });
      assert.deepEqual(
        report.items.map(({ code, range }: any) => [code, range.start.line]),
        [['unknown-device', 18]],
      );
      const answer = await outdated.then(
        () => 'answered',
        (error: { code: number }) => error.code,
      );
      assert.ok(answer === -32801 || answer === 'answered', String(answer));
      assert.deepEqual(pushed, [], 'pull and push do not mix');
      const again: any = await connection.sendRequest('textDocument/diagnostic', {
        textDocument: { uri },
        previousResultId: report.resultId,
      });
      assert.equal(again.kind, 'unchanged');
    } finally {
      process_.kill();
    }
  });
});
