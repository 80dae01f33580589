import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CompletionList } from 'vscode-languageserver-protocol';
import { askAt, type Client, chosen, labelsAt, startClient } from './client.ts';

const HEAD = `version: 1
devices:
  oslo:
    url: https://oslo.example/api/v1
  bergen:
    url: https://bergen.example/api/v1
`;

let client: Client;
before(async () => {
  client = await startClient({ files: { './': ['ca.pem', 'keys/', 'notes.txt'], './keys/': ['b.pem'] } });
});
after(() => client.close());

const has = async (marked: string, ...labels: string[]) => {
  const offered = await labelsAt(client, marked);
  for (const label of labels) assert.ok(offered.includes(label), `${label} is not in ${offered.join(', ')}`);
  return offered;
};

describe('completion of names', () => {
  test('at the top, what is not there yet', async () => {
    const offered = await has(`${HEAD}|`, 'namespaces', 'root');
    assert.ok(!offered.includes('version'));
    await has('|', 'version', 'new manifest');
    await has(`${HEAD}name|`, 'namespaces');
  });

  test('of a namespace, also below a half-typed line', async () => {
    const offered = await has(
      `${HEAD}namespaces:\n  payments:\n    primary: oslo\n    rep|\n`,
      'replicas',
      'replication',
      'deletions',
    );
    assert.ok(!offered.includes('primary') && !offered.includes('primaries'));
    await has(`${HEAD}namespaces:\n  payments:\n    rep|\n    primary: oslo\n`, 'replicas');
    await has(`${HEAD}namespaces:\n  payments:\n    |\n`, 'primary', 'scheduled replication');
    await has(`${HEAD}namespaces:\n  payments:\n    replication:\n      |\n`, 'mode', 'schedule');
    await has(`${HEAD}namespaces:\n  payments:\n    replication: { mode: manual, | }\n`, 'schedule', 'timeZone');
    await has(`${HEAD}namespaces:\n  payments:\n    replication: { mo|\n  iot:\n    primary: oslo\n`, 'mode');
  });

  test('of entries: whole blocks, and namespaces that the devices have', async () => {
    await has(`${HEAD}  |\n`, 'new device', 'new cluster');
    await has(`${HEAD}namespaces:\n  |\n`, 'new namespace, one primary', 'new namespace, two primaries');
    await has(`${HEAD}namespaces:\n  iot:\n    primaries:\n      |\n`, 'oslo', 'bergen');
  });

  test('brings the needed fields as a snippet', async () => {
    assert.equal(await chosen(client, `${HEAD}    cre|\n`, 'credentials'), `${HEAD}    credentials:\n  $1\n`);
    const at = `${HEAD}    credentials:\n      |\n`;
    assert.match(await chosen(client, at, 'administrator'), /administrator: \{ user: \$1 \}/);
    assert.match(
      await chosen(client, `${HEAD}namespaces:\n  a:\n    del|\n`, 'deletions'),
      /deletions: \$\{1\|keep,propagate\|\}/,
    );
    assert.match(
      await chosen(client, `${HEAD}namespaces:\n  a:\n    del|: keep\n`, 'deletions'),
      /^ {4}deletions: keep$/m,
    );
  });
});

describe('completion of values', () => {
  test('devices, without those that are there', async () => {
    assert.deepEqual(await labelsAt(client, `${HEAD}namespaces:\n  a:\n    primary: |\n`), ['oslo', 'bergen']);
    assert.deepEqual(await labelsAt(client, `${HEAD}namespaces:\n  a:\n    primary: oslo\n    replicas: [|]\n`), [
      'bergen',
    ]);
    assert.deepEqual(await labelsAt(client, `${HEAD}namespaces:\n  a:\n    replicas: [oslo, b|]\n`), ['bergen']);
    assert.deepEqual(await labelsAt(client, `${HEAD}namespaces:\n  a:\n    replicas:\n      - oslo\n      - |\n`), [
      'bergen',
    ]);
    assert.deepEqual(await labelsAt(client, `${HEAD}root:\n  primary: |\n`), ['oslo', 'bergen']);
    assert.match(await chosen(client, `${HEAD}namespaces:\n  a:\n    replicas: |\n`, 'oslo'), /replicas: \[oslo\]/);
  });

  test('enumerations with what they mean', async () => {
    const { items } = await askAt<CompletionList>(
      client,
      'textDocument/completion',
      `${HEAD}namespaces:\n  a:\n    replication: { mode: | }\n`,
    );
    assert.deepEqual(
      items.map(({ label }) => label),
      ['manual', 'scheduled', 'streaming'],
    );
    assert.match(String(items[1]?.documentation), /schedule/);
  });

  test('time zones, and schedules with their next runs when asked', async () => {
    await has(`${HEAD}namespaces:\n  a:\n    replication: { timeZone: Eur| }\n`, 'Europe/Oslo', 'UTC');
    const marked = `${HEAD}namespaces:\n  a:\n    replication:\n      schedule: |\n      timeZone: Europe/Oslo\n`;
    const { items } = await askAt<CompletionList>(client, 'textDocument/completion', marked);
    const nightly = items.find(({ label }) => label === '0 3 * * *');
    assert.equal(nightly?.detail, 'at 03:00');
    const resolved = await client.request('completionItem/resolve', nightly);
    assert.match(resolved.documentation.value, /2026-11-25 03:00 .*\n- 2026-11-26 03:00 .*\n- 2026-11-27 03:00/);
    assert.match(await chosen(client, marked, '0 3 * * *'), /schedule: "0 3 \* \* \*"/);
    assert.match(
      await chosen(client, `${HEAD}namespaces:\n  a:\n    replication: { schedule: "*/5 * |" }\n`, '0 3 * * *'),
      /\{ schedule: "0 3 \* \* \*" \}/,
    );
  });

  test('sources of secrets: variables, files', async () => {
    const at = (value: string) => `${HEAD}    credentials: { administrator: { user: admin, passphrase: ${value} } }\n`;
    await has(at('|'), '{ env: … }', '{ file: … }', '{ command: […] }');
    assert.deepEqual((await labelsAt(client, at('{ env: | }'))).slice(0, 3), [
      'NETHSM_BERGEN_ADMINISTRATOR',
      'HOME',
      'OSLO_ADMIN',
    ]);
    assert.deepEqual(await labelsAt(client, at('{ | }')), ['env', 'file', 'command']);
    assert.deepEqual(await labelsAt(client, `${HEAD}    tls: { ca: | }\n`), ['./ca.pem', './keys/']);
    assert.deepEqual(await labelsAt(client, `${HEAD}    tls: { ca: ./keys/| }\n`), ['./keys/b.pem']);
  });

  test('ids of keys from the devices, of 100,000 fast', async () => {
    const ids = Array.from({ length: 100_000 }, (_, index) => `key-${String(index).padStart(6, '0')}`);
    const text = `${HEAD}namespaces:\n  a:\n    keys: { include: ["key-0421"] }\n`;
    const uri = await client.open(text, 'file:///work/ids.nethsm.yaml');
    client.store.setKeys(uri, 'a', ids);
    const started = performance.now();
    const list = await client.request<CompletionList>('textDocument/completion', {
      textDocument: { uri },
      position: { line: 8, character: text.split('\n')[8]?.indexOf('"]') },
    });
    assert.ok(performance.now() - started < 200);
    assert.equal(list.items.length, 100);
    assert.equal(list.items[0]?.label, 'key-042100');
    assert.equal(list.isIncomplete, false);
  });

  test('what the devices have: namespaces, and the key that is shown', async () => {
    const at = async (text: string, line: number, character: number) => {
      const uri = await client.open(text, `file:///work/live-${line}.nethsm.yaml`);
      const pin = `sha256:${'ab'.repeat(32)}`;
      client.store.setDevice(uri, 'oslo', {
        at: 0,
        state: 'Operational',
        release: '4.0',
        pin,
        namespaces: ['mail', 'web'],
      });
      return client.request<CompletionList>('textDocument/completion', {
        textDocument: { uri },
        position: { line, character },
      });
    };
    const namespaces = await at(`${HEAD}namespaces:\n  web: { primary: oslo }\n  \n`, 8, 2);
    assert.ok(namespaces.items.some(({ label }) => label === 'mail'));
    assert.ok(!namespaces.items.some(({ label }) => label === 'web'), 'it is there already');
    const pins = await at(HEAD.replace('  bergen', '    tls: { pins: [] }\n  bergen'), 4, 18);
    assert.deepEqual(
      pins.items.map(({ label }) => label),
      [`sha256:${'ab'.repeat(32)}`],
    );
    const devices = await at(`${HEAD}namespaces:\n  a:\n    primary: \n`, 8, 13);
    assert.equal(devices.items[0]?.detail, 'Operational, 4.0');
  });

  test('a list is begun where there is none, in the quotes that are needed', async () => {
    const at = (value: string) => `${HEAD}namespaces:\n  a:\n    keys: { include: ${value} }\n`;
    assert.match(await chosen(client, at('|'), '*'), /include: \["\*"\]/);
    assert.match(await chosen(client, at('[|]'), '*'), /include: \["\*"\]/);
    assert.match(await chosen(client, at('["|"]'), '*'), /include: \["\*"\]/);
    const below = `${HEAD}namespaces:\n  a:\n    keys:\n      include:\n        - |\n`;
    assert.match(await chosen(client, below, '*'), /- "\*"/);
    const devices = `${HEAD}namespaces:\n  a:\n    replicas:\n      - |\n`;
    assert.match(await chosen(client, devices, 'oslo'), /- oslo\n/);
  });

  test('the runs of a schedule go by the zone beside it, in root and in a namespace', async () => {
    const block = '    schedule: |\n    timeZone: Asia/Tokyo\n';
    for (const marked of [`${HEAD}root:\n  backups:\n${block}`, `${HEAD}namespaces:\n  a:\n   backups:\n${block}`]) {
      const { items } = await askAt<CompletionList>(client, 'textDocument/completion', marked);
      const resolved = await client.request(
        'completionItem/resolve',
        items.find(({ label }) => label === '0 3 * * *'),
      );
      assert.match(resolved.documentation.value, /2026-11-25 03:00 (JST|GMT\+9)/, marked);
    }
  });

  test('an editor without snippets gets plain text', async () => {
    const plain = await startClient({ snippets: false });
    assert.match(await chosen(plain, `${HEAD}    cre|\n`, 'credentials'), /^ {4}credentials: $/m);
    assert.ok(!(await labelsAt(plain, `${HEAD}  |\n`)).includes('new device'));
    plain.close();
  });

  test('nothing within a comment', async () => {
    assert.deepEqual(await labelsAt(client, `${HEAD}# dev|\n`), []);
  });
});
