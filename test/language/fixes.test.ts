import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { CodeAction, DocumentDiagnosticReport } from 'vscode-languageserver-protocol';
import { FIXES } from '../../server/language/fixes/index.ts';
import { applyEdits, type Client, NOW, startClient } from './client.ts';

/**
 * A golden file is the manifest before, and behind a line `=== TITLE` the one after each fix. With UPDATE_GOLDEN=1
 * they are written anew; look at what changed before you keep it.
 */
const FOLDER = new URL('golden/fixes/', import.meta.url);
const isUpdate = process.env.UPDATE_GOLDEN === '1';

let client: Client;
before(async () => {
  client = await startClient();
});
after(() => client.close());

/** The fixes of one code, and what each makes of the text. */
async function fixesOf(code: string, text: string): Promise<[title: string, after: string][]> {
  const uri = await client.open(text, `file:///work/${code}.nethsm.yaml`);
  const device = { at: NOW, state: 'Operational', domain: 'sha256:aa', pin: `sha256:${'ab'.repeat(32)}` } as const;
  client.store.setDevice(uri, 'oslo', device);
  client.store.setDevice(uri, 'bergen', device);
  client.store.setNamespace(uri, 'payments', { at: NOW, primary: 'oslo', epoch: 3 });
  const range = { start: { line: 0, character: 0 }, end: { line: 1_000, character: 0 } };
  const actions: CodeAction[] = await client.request('textDocument/codeAction', {
    textDocument: { uri },
    range,
    context: { diagnostics: [], only: ['quickfix'] },
  });
  const fixes: [string, string][] = [];
  for (const { title, edit, diagnostics } of actions) {
    if (diagnostics?.[0]?.code !== code) continue;
    fixes.push([title, applyEdits(text, edit?.changes?.[uri] ?? [])]);
  }
  await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  return fixes;
}

async function codesOf(text: string): Promise<unknown[]> {
  const uri = await client.open(text, 'file:///work/after.nethsm.yaml');
  const report: DocumentDiagnosticReport = await client.request('textDocument/diagnostic', { textDocument: { uri } });
  await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  return report.kind === 'full' ? report.items.map(({ code }) => code) : [];
}

describe('quick fixes', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.golden'));

  for (const file of files) {
    test(file, async () => {
      const code = file.replace(/(\.\d+)?\.golden$/, '');
      const [text = '', ...wanted] = readFileSync(new URL(file, FOLDER), 'utf8').split(/^=== (?=.*$)/m);
      const fixes = await fixesOf(code, text);
      assert.ok(fixes.length > 0, 'there is a fix');
      const made = fixes.map(([title, after]) => `${title}\n${after}`);
      if (isUpdate) writeFileSync(new URL(file, FOLDER), [text, ...made].join('=== '));
      else assert.deepEqual(made, wanted);
      for (const [title, after] of fixes) {
        const count = async (one: string) => (await codesOf(one)).filter((found) => found === code).length;
        assert.ok((await count(after)) < Math.max(1, await count(text)), `"${title}" takes the diagnostic away`);
      }
    });
  }

  test('every code with a fix has a golden file', () => {
    for (const code of Object.keys(FIXES)) {
      assert.ok(
        files.some((file) => file === `${code}.golden` || file.startsWith(`${code}.`)),
        code,
      );
    }
  });
});
