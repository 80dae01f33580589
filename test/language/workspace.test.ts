import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { WorkspaceDiagnosticReport } from 'vscode-languageserver-protocol';
import { GOOD, spoilt } from '../schemas/manifest-text.ts';
import { type Client, startClient } from './client.ts';

let folder: string;
const uriOf = (name: string) => pathToFileURL(join(folder, name)).href;
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'workspace-'));
});
after(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  rmSync(folder, { recursive: true });
  mkdirSync(join(folder, 'inner', 'node_modules'), { recursive: true });
  write('good.nethsm.yaml', GOOD);
  write('inner/bad.nethsm.yml', spoilt('users: operators', 'users: all').replaceAll('.example', '.test'));
  write('inner/other.yaml', 'no: manifest\n');
  write('inner/node_modules/installed.nethsm.yaml', 'bad');
});

/** Asks until the answer is as wanted: folders are read while the server answers already. */
async function until<T>(ask: () => Promise<T>, isDone: (answer: T) => boolean): Promise<T> {
  const giveUp = Date.now() + 5_000;
  for (;;) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    assert.ok(Date.now() < giveUp, `waited for something else than ${JSON.stringify(answer)}`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

const all = (client: Client, previousResultIds: object[] = []) =>
  client.request<WorkspaceDiagnosticReport>('workspace/diagnostic', { previousResultIds });

describe('manifests that are not open', () => {
  test('are diagnosed when asked for, and only told again when something changed', async () => {
    const client = await startClient({ folders: [pathToFileURL(folder).href] });
    const { items } = await until(
      () => all(client),
      (report) => report.items.length === 2,
    );
    assert.deepEqual(items.map(({ uri }) => uri).sort(), [uriOf('good.nethsm.yaml'), uriOf('inner/bad.nethsm.yml')]);
    const codes = items.flatMap((item) => (item.kind === 'full' ? item.items.map(({ code }) => code) : []));
    assert.deepEqual(codes, ['wrong-value']);
    const ids = items.map((item) => ({ uri: item.uri, value: item.resultId }));
    const again = await all(client, ids);
    assert.deepEqual(
      again.items.map(({ kind }) => kind),
      ['unchanged', 'unchanged'],
    );

    write('good.nethsm.yaml', spoilt('primary: oslo', 'primary: olso'));
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uriOf('good.nethsm.yaml'), type: 2 }],
    });
    const changed = await until(
      () => all(client, ids),
      (report) => report.items.some(({ kind }) => kind === 'full'),
    );
    assert.equal(changed.items.find(({ kind }) => kind === 'full')?.uri, uriOf('good.nethsm.yaml'));

    rmSync(join(folder, 'good.nethsm.yaml'));
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uriOf('good.nethsm.yaml'), type: 3 }],
    });
    await until(
      () => all(client),
      (report) => report.items.length === 1,
    );
    await client.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
      event: { added: [], removed: [{ uri: pathToFileURL(folder).href, name: 'w' }] },
    });
    await until(
      () => all(client),
      (report) => report.items.length === 0,
    );
    client.close();
  });

  test('count for an open one: a namespace that both claim, whatever they call the device', async () => {
    const client = await startClient({ pulls: false, folders: [pathToFileURL(folder).href] });
    const text = `version: 1
devices:
  north: { url: "https://nethsm-oslo.example/api/v1/", tls: { ca: ./ca.pem } }
namespaces:
  payments: { primary: north, backups: { directory: ./b } }
root: { primary: north, backups: { directory: ./b } }
`;
    const uri = await client.open(text, uriOf('mine.nethsm.yaml'));
    const found = await until(
      async () => client.pushed.get(uri) ?? [],
      (diagnostics) => diagnostics.length === 2,
    );
    assert.deepEqual(
      found.map(({ code, message }) => [code, /rules ((the namespace )?\S+)/.exec(String(message))?.[1]]),
      [
        ['claimed-twice', 'the namespace "payments"'],
        ['claimed-twice', 'root'],
      ],
    );
    assert.equal(found[0]?.relatedInformation?.[0]?.location.uri, uriOf('good.nethsm.yaml'));
    // The other one is told of it too, though it is not open.
    await until(
      async () => client.pushed.get(uriOf('good.nethsm.yaml')) ?? [],
      (diagnostics) => diagnostics.some(({ code }) => code === 'claimed-twice'),
    );
    await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
    await until(
      async () => client.pushed.get(uri),
      (diagnostics) => diagnostics?.length === 0,
    );
    client.close();
  });
});

describe('questions', () => {
  test('about a text that is not known get nothing, not an error', async () => {
    const client = await startClient();
    const textDocument = { uri: 'file:///nowhere.yaml' };
    const position = { line: 0, character: 0 };
    assert.equal(await client.request('textDocument/hover', { textDocument, position }), null);
    assert.deepEqual(await client.request('textDocument/documentSymbol', { textDocument }), []);
    assert.deepEqual((await client.request('textDocument/diagnostic', { textDocument })).items, []);
    client.close();
  });

  test('past the end of a line or of the text are taken for its end', async () => {
    const client = await startClient();
    const uri = await client.open(GOOD.replaceAll('\n', '\r\n'));
    for (const position of [
      { line: 1, character: 900 },
      { line: 9_000, character: 0 },
    ]) {
      await client.request('textDocument/hover', { textDocument: { uri }, position });
      await client.request('textDocument/completion', { textDocument: { uri }, position });
    }
    client.close();
  });

  test('facts from the devices make the editor ask again', async () => {
    const client = await startClient();
    const uri = await client.open(GOOD);
    await client.request('textDocument/diagnostic', { textDocument: { uri } });
    const refreshed = new Promise<void>((resolve) => {
      client.connection.onRequest('workspace/diagnostic/refresh', () => {
        resolve();
        return null;
      });
    });
    client.store.setNamespace(uri, 'payments', { at: 0, primary: 'bergen', epoch: 2 });
    await refreshed;
    const { items } = await client.request('textDocument/diagnostic', { textDocument: { uri } });
    assert.deepEqual(
      items.map(({ code }: { code: string }) => code),
      ['role-differs'],
    );
    client.close();
  });
});
