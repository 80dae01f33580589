import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Diagnostic, DocumentDiagnosticReport } from 'vscode-languageserver-protocol';
import { CODES, type Code } from '../../schemas/codes.ts';
import { type Client, NOW, startClient } from './client.ts';

const pageOf = (code: string) => new URL(`../../docs/diagnostics/${code}.md`, import.meta.url);

/** The two manifests of a diagnostic's page: one that shows it, one that does not. */
function examples(code: string): [string, string] {
  const blocks = [...readFileSync(pageOf(code), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]);
  assert.equal(blocks.length, 2, `the page of ${code} has two examples`);
  return blocks as [string, string];
}

/** What the devices are said to have been like in the examples about live facts. */
function fill(client: Client, uri: string): void {
  const at = NOW - 5 * 60_000;
  const device = { at, state: 'Operational', domain: 'sha256:aa', namespaces: ['iot'] } as const;
  client.store.setDevice(uri, 'oslo', { ...device, roles: { administrator: 'Administrator', backup: 'Operator' } });
  client.store.setDevice(uri, 'bergen', device);
  client.store.setDevice(uri, 'trondheim', { ...device, domain: 'sha256:bb' });
  client.store.setNamespace(uri, 'payments', { at, primary: 'oslo', epoch: 3, lastTransferSeconds: 600 });
}

const LIVE: readonly Code[] = [
  ...(['schedule-too-dense', 'import-without-need', 'namespace-missing'] as const),
  ...(['other-domain', 'role-differs', 'credential-without-role'] as const),
];

describe('each diagnostic', () => {
  let client: Client;
  before(async () => {
    client = await startClient();
  });
  after(() => client.close());

  const pull = async (code: string, text: string): Promise<Diagnostic[]> => {
    const uri = await client.open(text, `file:///work/${code}-${text.length}.nethsm.yaml`);
    if (LIVE.includes(code as Code)) fill(client, uri);
    const report = await client.request<DocumentDiagnosticReport>('textDocument/diagnostic', { textDocument: { uri } });
    await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
    return report.kind === 'full' ? report.items : [];
  };

  for (const [code, severity] of Object.entries(CODES)) {
    test(code, async () => {
      assert.ok(existsSync(pageOf(code)), 'has a page');
      const [shows, not] = examples(code);
      if (code === 'claimed-twice') await client.open(shows, 'file:///work/other.nethsm.yaml');
      if (code === 'claimed-twice')
        await client.request('textDocument/diagnostic', { textDocument: { uri: 'file:///work/other.nethsm.yaml' } });
      const found = (await pull(code, shows)).filter((one) => one.code === code);
      assert.ok(found.length > 0, 'is shown');
      for (const one of found) {
        assert.equal(one.severity, { error: 1, warning: 2, information: 3, hint: 4 }[severity]);
        assert.equal(one.codeDescription?.href, `file:///docs/diagnostics/${code}.md`);
        if (LIVE.includes(code as Code))
          assert.match(String(one.message), /\(seen 5 minutes? ago\)|\(seen 300 seconds ago\)/);
      }
      assert.ok(!(await pull(code, not)).some((one) => one.code === code), 'is absent');
      if (code === 'claimed-twice') {
        assert.equal(found[0]?.relatedInformation?.[0]?.location.uri, 'file:///work/other.nethsm.yaml');
        await client.connection.sendNotification('textDocument/didClose', {
          textDocument: { uri: 'file:///work/other.nethsm.yaml' },
        });
      }
    });
  }

  test('has a line in the list of diagnostics', () => {
    const list = readFileSync(pageOf('README'), 'utf8').replace(/ +/g, ' ');
    for (const [code, severity] of Object.entries(CODES))
      assert.ok(list.includes(`| [${code}](${code}.md) | ${severity} |`), code);
  });
});

describe('places', () => {
  test('related places lead to the other one', async () => {
    const client = await startClient();
    const [shows] = examples('one-url-twice');
    const uri = await client.open(shows);
    const { items } = await client.request('textDocument/diagnostic', { textDocument: { uri } });
    const found = items.find((one: Diagnostic) => one.code === 'one-url-twice');
    assert.deepEqual(found.range.start, { line: 3, character: 17 });
    assert.deepEqual(found.relatedInformation[0].location.range.start, { line: 2, character: 15 });
    client.close();
  });
});
