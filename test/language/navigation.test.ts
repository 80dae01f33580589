// biome-ignore-all lint/suspicious/noExplicitAny: answers of the protocol are looked at as they come
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Location, WorkspaceEdit } from 'vscode-languageserver-protocol';
import { applyEdits, askAt, type Client, startClient, withCursor } from './client.ts';

const TEXT = `version: 1
x-usual: &usual
  primary: oslo
  replicas: [bergen]
devices:
  oslo:
    url: https://oslo.example/api/v1
    tls: { ca: ./oslo ca.pem }
  bergen: { url: https://bergen.example/api/v1, tls: { ca: ./b.pem } }
namespaces:
  payments: *usual
  iot:
    primaries:
      oslo: { owns: ["oslo-*"] }
      bergen: { owns: ["bergen-*"] }
  web:
    primary: "bergen"
    replicas:
      - oslo
root: { primary: oslo, replicas: [bergen] }
`;

let client: Client;
before(async () => {
  client = await startClient();
});
after(() => client.close());

/** The text with the cursor behind the nth occurrence of a word. */
function behind(word: string, nth = 1, text = TEXT): string {
  let at = -1;
  for (let found = 0; found < nth; found++) at = text.indexOf(word, at + 1);
  return `${text.slice(0, at + word.length)}|${text.slice(at + word.length)}`;
}

const lines = (locations: Location[]) => locations.map(({ range }) => range.start.line + 1);

describe('devices', () => {
  test('definition, from every kind of place', async () => {
    for (const marked of [
      behind('primary: oslo'),
      behind('      - oslo'),
      behind('      oslo'),
      behind('{ primary: oslo'),
    ]) {
      const found = await askAt<Location>(client, 'textDocument/definition', marked);
      assert.deepEqual(found.range, { start: { line: 5, character: 2 }, end: { line: 5, character: 6 } }, marked);
    }
    assert.equal(await askAt(client, 'textDocument/definition', behind('version')), null);
  });

  test('references, those behind an alias once', async () => {
    const found = await askAt<Location[]>(client, 'textDocument/references', behind('\n  oslo'), {
      context: { includeDeclaration: true },
    });
    assert.deepEqual(lines(found), [6, 3, 14, 19, 20]);
    const uses = await askAt<Location[]>(client, 'textDocument/references', behind('\n  oslo'), {
      context: { includeDeclaration: false },
    });
    assert.deepEqual(lines(uses), [3, 14, 19, 20]);
  });

  test('highlight: where it is declared, and where it is used', async () => {
    const found = await askAt<{ kind: number }[]>(client, 'textDocument/documentHighlight', behind('"bergen', 2));
    assert.deepEqual(
      found.map(({ kind }) => kind),
      [3, 2, 2, 2, 2],
    );
  });

  test('rename, with quotes as they were, and in every manifest that shares it', async () => {
    const other =
      'version: 1\ndevices: { bergen: { url: https://bergen.example/api/v1 } }\nnamespaces: { a: { primary: bergen } }\n';
    const stranger =
      'version: 1\ndevices: { bergen: { url: https://another.example/api/v1 } }\nnamespaces: { a: { primary: bergen } }\n';
    for (const [uri, text] of [
      ['file:///o.nethsm.yaml', other],
      ['file:///s.nethsm.yaml', stranger],
    ] as const) {
      await client.open(text, uri);
      await client.request('textDocument/diagnostic', { textDocument: { uri } });
    }
    const { text, position } = withCursor(behind('"bergen', 2));
    const uri = await client.open(text, 'file:///r.nethsm.yaml');
    const where = { textDocument: { uri }, position };
    const prepared = await client.request('textDocument/prepareRename', where);
    assert.equal(prepared.placeholder, 'bergen');
    const edit: WorkspaceEdit = await client.request('textDocument/rename', { ...where, newName: '99bergen' });
    assert.deepEqual(Object.keys(edit.changes ?? {}).sort(), ['file:///o.nethsm.yaml', 'file:///r.nethsm.yaml']);
    const after = applyEdits(text, edit.changes?.[uri] ?? []);
    assert.equal(after, TEXT.replaceAll(/"?\bbergen\b"?(?=[:\],\n])/g, '"99bergen"'));
    assert.match(
      applyEdits(other, edit.changes?.['file:///o.nethsm.yaml'] ?? []),
      /"99bergen": .*\n.*primary: "99bergen"/,
    );
    await assert.rejects(client.request('textDocument/rename', { ...where, newName: '_x' }), /starts with "_"/);
    await assert.rejects(client.request('textDocument/rename', { ...where, newName: 'oslo' }), /already/);
  });

  test('a namespace keeps the name that the devices know', async () => {
    assert.equal(await askAt(client, 'textDocument/prepareRename', behind('  payments')), null);
  });
});

describe('anchors', () => {
  test('definition, references and rename', async () => {
    const found = await askAt<Location>(client, 'textDocument/definition', behind('*usual'));
    assert.equal(found.range.start.line, 1);
    const { text } = withCursor(behind('*usual'));
    const edit = await askAt<WorkspaceEdit>(client, 'textDocument/rename', behind('*usual'), { newName: 'common' });
    assert.equal(
      applyEdits(text, Object.values(edit.changes ?? {})[0] ?? []),
      TEXT.replaceAll(/([&*])usual/g, '$1common'),
    );
  });
});

describe('the shape of the text', () => {
  test('symbols', async () => {
    const uri = await client.open(TEXT);
    const found = await client.request('textDocument/documentSymbol', { textDocument: { uri } });
    assert.deepEqual(
      found.map(({ name }: { name: string }) => name),
      ['version', 'x-usual', 'devices', 'namespaces', 'root'],
    );
    const [, , devices, namespaces] = found;
    assert.deepEqual(
      devices.children.map(({ name, detail }: any) => [name, detail]),
      [
        ['oslo', 'https://oslo.example/api/v1'],
        ['bergen', 'https://bergen.example/api/v1'],
      ],
    );
    assert.deepEqual(
      namespaces.children.map(({ name }: any) => name),
      ['payments', 'iot', 'web'],
    );
    assert.equal(namespaces.children[2].detail, 'bergen → oslo');
    assert.deepEqual(namespaces.range, { start: { line: 9, character: 0 }, end: { line: 18, character: 12 } });
    for (const symbol of [...found, ...devices.children, ...namespaces.children]) {
      const { range, selectionRange } = symbol;
      assert.ok(
        range.end.line > selectionRange.end.line ||
          (range.end.line === selectionRange.end.line && range.end.character >= selectionRange.end.character),
      );
    }
  });

  test('workspace symbols: letters in order', async () => {
    await client.open(TEXT);
    const found = await client.request('workspace/symbol', { query: 'pym' });
    assert.ok(found.length > 0 && found.every(({ name }: any) => name === 'payments'));
  });

  test('folding', async () => {
    const uri = await client.open(`# one\n# two\n${TEXT}`);
    const found = await client.request('textDocument/foldingRange', { textDocument: { uri } });
    const folds = found.map(({ startLine, endLine, kind }: any) => `${startLine}-${endLine}${kind ? ` ${kind}` : ''}`);
    for (const fold of ['0-1 comment', '3-5', '6-10', '7-9', '11-20', '13-16', '14-16'])
      assert.ok(folds.includes(fold), `${fold} in ${folds}`);
  });

  test('selection grows from the value outwards', async () => {
    const { text, position } = withCursor(behind('https://oslo'));
    const uri = await client.open(text);
    const [first] = await client.request('textDocument/selectionRange', {
      textDocument: { uri },
      positions: [position],
    });
    const steps: string[] = [];
    for (let at = first; at !== undefined; at = at.parent)
      steps.push(`${at.range.start.line}:${at.range.start.character}`);
    assert.deepEqual(steps, ['6:9', '6:4', '6:4', '5:2', '4:0', '0:0']);
  });

  test('links: addresses and files', async () => {
    const uri = await client.open(TEXT, 'file:///work/a/site.nethsm.yaml');
    const found = await client.request('textDocument/documentLink', { textDocument: { uri } });
    assert.deepEqual(
      found.map(({ target }: any) => target),
      [
        'https://oslo.example/api/v1',
        'file:///work/a/oslo%20ca.pem',
        'https://bergen.example/api/v1',
        'file:///work/a/b.pem',
      ],
    );
  });
});
