// biome-ignore-all lint/suspicious/noExplicitAny: answers of the protocol are looked at as they come
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parseDocument } from '../../schemas/tree/document.ts';
import { semanticTokens, TOKEN_TYPES, tokenEdits } from '../../server/language/tokens.ts';
import { GOOD } from '../schemas/manifest-text.ts';
import { applyEdits, askAt, type Client, NOW, startClient } from './client.ts';

let client: Client;
before(async () => {
  client = await startClient();
});
after(() => client.close());

const hoverAt = async (text: string, by: string): Promise<string> => {
  assert.ok(GOOD.includes(text));
  const answer = await askAt(client, 'textDocument/hover', GOOD.replace(text, by));
  return answer?.contents.value ?? '';
};

describe('hover', () => {
  test('a field: description, values with meaning, default', async () => {
    const said = await hoverAt('deletions: propagate', 'dele|tions: propagate');
    assert.match(said, /deleted on the primary/);
    assert.match(said, /`keep`: Nothing/);
    assert.match(said, /Default: `keep`/);
    assert.match(await hoverAt('deletions: propagate', 'deletions: prop|agate'), /`propagate`: A deletion/);
  });

  test('a schedule in words, and its next runs by the clock of its zone', async () => {
    const said = await hoverAt('"0 3 * * *", timeZone: UTC', '"0 3| * * *", timeZone: Europe/Oslo');
    assert.match(said, /At 03:00, by the clock of Europe\/Oslo/);
    assert.match(said, /- 2026-11-25 03:00 (CET|GMT\+1)\n- 2026-11-26/);
  });

  test('a credential without a source: where its secret comes from', async () => {
    assert.match(await hoverAt('metrics: { user', 'metr|ics: { user'), /`NETHSM_OSLO_METRICS`/);
  });

  test("a device: what is known of it, and that knowledge's age", async () => {
    const uri = await client.open(GOOD, 'file:///work/live.nethsm.yaml');
    client.store.setDevice(uri, 'oslo', { at: NOW - 180_000, state: 'Operational', release: '4.0' });
    const line = GOOD.split('\n').findIndex((one) => one.includes('primary: oslo'));
    const answer = await client.request('textDocument/hover', {
      textDocument: { uri },
      position: { line, character: 14 },
    });
    assert.match(answer.contents.value, /<https:\/\/nethsm-oslo.example\/api\/v1>/);
    assert.match(answer.contents.value, /Operational, release 4.0 \(seen 3 minutes ago\)/);
  });

  test('nothing on blank', async () => {
    assert.equal(await hoverAt('# two sites', '# t|wo sites'), '');
  });
});

describe('hints, lenses and tokens', () => {
  test('inlay hints: next run, lag, drift; only in the range asked for', async () => {
    const uri = await client.open(GOOD, 'file:///work/hints.nethsm.yaml');
    client.store.setNamespace(uri, 'payments', { at: NOW, replicas: { bergen: { lagSeconds: 90, missing: 2 } } });
    client.store.setNamespace(uri, 'iot', { at: NOW, replicas: { bergen: {} } });
    const ask = (from: number, to: number) =>
      client.request('textDocument/inlayHint', {
        textDocument: { uri },
        range: { start: { line: from, character: 0 }, end: { line: to, character: 0 } },
      });
    const labels = (await ask(0, 100)).map(({ label }: any) => label);
    assert.deepEqual(labels, [
      'next 2026-11-24 13:15 CET',
      'next 2026-11-25 03:00 UTC',
      'lag 90s, 2 missing',
      'in sync',
    ]);
    assert.deepEqual(await ask(0, 5), []);
    const { facts } = client.store;
    const hints = async () =>
      (await ask(0, 100)).map(({ label }: any) => label).filter((one: string) => !/^next/.test(one));
    const known = { ...facts.of(uri)?.namespace('payments'), at: NOW, primary: 'oslo', epoch: 3 };
    client.store.setNamespace(uri, 'payments', { ...known, paused: true });
    assert.deepEqual(await hints(), ['primary, epoch 3', 'paused, lag 90s, 2 missing', 'in sync']);
    client.store.setNamespace(uri, 'payments', { ...known, primary: 'bergen', replicas: { oslo: {}, bergen: {} } });
    assert.deepEqual(await hints(), ['replica, in sync', 'primary, epoch 3', 'in sync'], 'the record rules');
    client.store.setDevice(uri, 'bergen', { at: NOW, state: 'unreachable' });
    assert.deepEqual(await hints(), ['replica, not compared', 'out of reach', 'out of reach', 'out of reach']);
  });

  test('code lenses over each namespace and root', async () => {
    const uri = await client.open(GOOD);
    const found = await client.request('textDocument/codeLens', { textDocument: { uri } });
    assert.equal(found.length, 12);
    assert.deepEqual(
      found.slice(0, 4).map(({ command }: any) => command.title),
      ['Diff', 'Synchronise', 'Back up', 'Promote'],
    );
    assert.deepEqual(found[0].command.arguments, [{ manifest: uri, namespace: 'payments' }]);
  });

  test('semantic tokens: whole, part and difference agree', async () => {
    const uri = await client.open(GOOD, 'file:///work/tokens.nethsm.yaml');
    const textDocument = { uri };
    const whole = await client.request('textDocument/semanticTokens/full', { textDocument });
    assert.deepEqual(whole.data.slice(0, 10), [1, 0, 7, 2, 0, 0, 9, 1, 6, 0]);
    const range = { start: { line: 0, character: 0 }, end: { line: 100, character: 0 } };
    assert.deepEqual(
      (await client.request('textDocument/semanticTokens/range', { textDocument, range })).data,
      whole.data,
    );
    await client.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: 2 },
      contentChanges: [
        {
          range: { start: { line: 18, character: 4 }, end: { line: 18, character: 4 } },
          text: 'deletions: keep\n    ',
        },
      ],
    });
    const delta = await client.request('textDocument/semanticTokens/full/delta', {
      textDocument,
      previousResultId: whole.resultId,
    });
    const [{ start, deleteCount, data }] = delta.edits;
    const patched = [...whole.data.slice(0, start), ...data, ...whole.data.slice(start + deleteCount)];
    assert.deepEqual(patched, (await client.request('textDocument/semanticTokens/full', { textDocument })).data);
    assert.ok(data.length < 20);
  });
});

test('the kinds of tokens', () => {
  const text = `version: 1
devices:
  oslo: &o { url: https://a }
namespaces:
  a:
    primaries: { oslo: { owns: [x-*] } }
    primary: oslo
    administrator: { user: r, passphrase: { env: PASS } }
    users: none
  b: *o
`;
  const data = semanticTokens(parseDocument(text));
  const lines = text.split('\n');
  const found: string[] = [];
  for (let at = 0, line = 0, character = 0; at < data.length; at += 5) {
    const [down = 0, right = 0, length = 0, type = 0, modifiers = 0] = data.slice(at, at + 5);
    character = down === 0 ? character + right : right;
    line += down;
    found.push(`${lines[line]?.slice(character, character + length)} ${TOKEN_TYPES[type]}${modifiers ? '!' : ''}`);
  }
  const wanted = [
    ...['version property', '1 number', 'devices property', 'oslo class!', 'url property', 'namespaces property'],
    ...[
      'a namespace!',
      'primaries property',
      'oslo class',
      'owns property',
      'x-* regexp',
      'primary property',
      'oslo class',
    ],
    ...['administrator property', 'user property', 'passphrase property', 'env property', 'PASS variable'],
    ...['users property', 'none enumMember', 'b namespace!', '*o macro'],
  ];
  assert.deepEqual(found, wanted);
});

test('the difference of tokens: none when nothing changed', () => {
  assert.deepEqual(tokenEdits([1, 2, 3], [1, 2, 3]), []);
  assert.deepEqual(tokenEdits([1, 2, 3], [1, 2]), [{ start: 2, deleteCount: 1, data: [] }]);
  assert.deepEqual(tokenEdits([1, 1], [1, 1, 1]), [{ start: 2, deleteCount: 0, data: [1] }]);
});

describe('formatting', () => {
  const format = async (text: string): Promise<{ text: string; edits: number }> => {
    const uri = await client.open(text, 'file:///work/format.nethsm.yaml');
    const edits = await client.request('textDocument/formatting', {
      textDocument: { uri },
      options: { tabSize: 2, insertSpaces: true },
    });
    return { text: applyEdits(text, edits), edits: edits.length };
  };

  test('leaves a formatted text alone', async () => {
    assert.equal((await format(GOOD)).edits, 0);
  });

  test('indents by two, spaces by one, and keeps comments and quotes', async () => {
    const text = `# top
version:   1
devices:
    oslo:   # the first
        # its address
        url:   "https://oslo.example/api/v1"   
        tls: {ca: ./a.pem  ,}
        nodes:
            - url: https://a
              tls: {  pins: [ "a" ,"b"  ] }
namespaces:
    a: {primary: oslo,replicas:   [bergen]}`;
    const { text: after } = await format(text);
    assert.equal(
      after,
      `# top
version: 1
devices:
  oslo:   # the first
    # its address
    url: "https://oslo.example/api/v1"
    tls: { ca: ./a.pem  ,}
    nodes:
      - url: https://a
        tls: { pins: ["a", "b"] }
namespaces:
  a: { primary: oslo, replicas: [bergen] }
`,
    );
    assert.equal((await format(after)).edits, 0);
  });

  test('does not touch the inside of texts, nor an entry that can not be read', async () => {
    const text =
      'version: 1\nx-a:\n    note: |\n        two  \n          three\ndevices:\n    bad: [\n    oslo:\n        url: https://a\n';
    const { text: after } = await format(text);
    assert.match(after, /note: \|\n {6}two {2}\n {8}three\n/);
    assert.match(after, /\n {4}bad: \[\n {2}oslo:\n {4}url/);
  });
});

describe('refactorings', () => {
  const act = async (marked: string, title: RegExp, pin?: string): Promise<string> => {
    const offset = marked.indexOf('|');
    const text = marked.replace('|', '');
    const uri = await client.open(text, `file:///work/act-${title.source.length}.nethsm.yaml`);
    if (pin !== undefined) client.store.setDevice(uri, 'oslo', { at: NOW, state: 'Operational', pin });
    const before = text.slice(0, offset).split('\n');
    const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
    const actions = await client.request('textDocument/codeAction', {
      textDocument: { uri },
      range: { start: position, end: position },
      context: { diagnostics: [] },
    });
    const found = actions.find((one: any) => title.test(one.title));
    assert.ok(found, `${title} in ${actions.map((one: any) => one.title)}`);
    return applyEdits(text, found.edit.changes[uri]);
  };

  test('one primary to two', async () => {
    const text =
      'version: 1\nnamespaces:\n  a:\n    # who\n    primary: oslo # here\n    replicas: [bergen]\n    users: no|ne\n';
    assert.equal(
      await act(text, /both sites write/),
      'version: 1\nnamespaces:\n  a:\n    # who\n    primaries:\n      oslo: { owns: ["oslo-*"] }\n      bergen: { owns: ["bergen-*"] } # here\n    users: none\n',
    );
  });

  test('pin what the device shows now', async () => {
    const text = 'version: 1\ndevices:\n  os|lo: { url: https://a, tls: { pins: ["sha256:aa"] } }\n';
    assert.match(await act(text, /shows now too/, 'sha256:bb'), /pins: \["sha256:aa", "sha256:bb"\]/);
    assert.match(await act(text.replace('"sha256:aa"', ''), /shows now too/, 'sha256:bb'), /pins: \["sha256:bb"\]/);
    await assert.rejects(act(text, /shows now too/, 'sha256:aa'), /shows now too/);
  });

  test('extract the passphrase to a variable', async () => {
    const text = 'version: 1\ndevices:\n  oslo:\n    credentials: { administrator: { us|er: admin } }\n';
    assert.match(
      await act(text, /Name its source/),
      /\{ user: admin, passphrase: \{ env: NETHSM_OSLO_ADMINISTRATOR \} \}/,
    );
  });

  test('sort: comments go with their entry', async () => {
    const text =
      'version: 1\nname|spaces:\n  b: { primary: x } # of b\n  # about a\n  a:\n    primary: x\n\n  c: { primary: x }\n';
    assert.equal(
      await act(text, /Sort/),
      'version: 1\nnamespaces:\n  # about a\n  a:\n    primary: x\n  b: { primary: x } # of b\n\n  c: { primary: x }\n',
    );
  });
});
