import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readManifest } from '../../schemas/read.ts';
import { GOOD, spoilt } from './manifest-text.ts';

const said = (text: string) =>
  readManifest(text, 'm.nethsm.yaml').diagnostics.map(
    ({ line, column, endColumn, code, message }) => `${line}:${column}-${endColumn} ${code}: ${message}`,
  );

describe('readManifest', () => {
  test('reads a good manifest, with its defaults, and has nothing to say', () => {
    const { manifest, diagnostics } = readManifest(GOOD, 'm.nethsm.yaml');
    assert.deepEqual(diagnostics, []);
    assert.equal(manifest?.namespaces.iot?.transfer, 'sealed');
    assert.deepEqual(manifest?.namespaces.iot?.administrator, { user: 'replicator' });
    assert.deepEqual(Object.keys(manifest?.devices ?? {}), ['oslo', 'bergen']);
    assert.deepEqual(manifest?.root?.replicas, ['bergen']);
  });

  test('reads the same from CR LF, lone CR, with a byte order mark and with a document mark', () => {
    const { manifest } = readManifest(GOOD, 'm');
    for (const text of [
      GOOD.replaceAll('\n', '\r\n'),
      GOOD.replaceAll('\n', '\r'),
      `\uFEFF${GOOD}`,
      `%YAML 1.2\n---\n${GOOD}...\n`,
    ]) {
      assert.deepEqual(readManifest(text, 'm'), { manifest, diagnostics: [] });
    }
  });

  test('counts columns in UTF-16 and lines from 1', () => {
    const text = spoilt('{ user: metrics1 }', '{ user: metrics1, "😀": 1 }');
    assert.deepEqual(said(text), ['10:34-38 unknown-field: "metrics" has no field "😀"']);
    assert.deepEqual(said(text.replaceAll('\n', '\r\n')), ['10:34-38 unknown-field: "metrics" has no field "😀"']);
  });

  test('follows aliases and merge keys, within an entry and between entries', () => {
    const text = `version: 1
x-defaults: &defaults
  primary: oslo
  replicas: [bergen]
devices:
  oslo: &oslo { url: https://oslo/, tls: &tls { ca: ./a.pem } }
  bergen: { <<: *oslo, url: https://bergen/ }
namespaces:
  one: *defaults
  two: { <<: *defaults, users: none }
`;
    const { manifest, diagnostics } = readManifest(text, 'm');
    assert.deepEqual(diagnostics, []);
    assert.equal(manifest?.devices.bergen?.url, 'https://bergen/');
    assert.deepEqual(manifest?.devices.bergen?.tls, { ca: './a.pem' });
    assert.equal(manifest?.namespaces.two?.primary, 'oslo');
    assert.equal(manifest?.namespaces.two?.users, 'none');
  });

  test('tells where an error is that a merge key brings in: at the merge key', () => {
    const text = spoilt('  iot:', '  bad: { <<: { users: some }, primary: oslo, replicas: [bergen] }\n  iot:');
    assert.match(said(text)[0] ?? '', /^29:10-12 wrong-value: "users"/);
  });

  test('aliases that go round, or grow without measure, end', () => {
    const bomb = ['&a [x]', ...'abcdefgh'.split('').map((name) => `&${name}${name} [${`*${name}, `.repeat(20)}]`)];
    assert.ok(said(`version: 1\ndevices: {}\nx-a: &a [*a]\nx-b: [${bomb.join(', ')}]\n`).length >= 0);
    assert.ok(said(`version: 1\ndevices:\n  a: &a { url: *a, nodes: [*a, *a] }\n`).length > 0);
  });

  test('gives no manifest and one line on nothing', () => {
    assert.deepEqual(said(''), ['1:1-1 missing-field: The manifest needs "version" and "devices"']);
  });

  test('an unclosed bracket or quote spoils one entry only', () => {
    const codes = readManifest(spoilt('replicas: [bergen]', 'replicas: [bergen'), 'm').diagnostics;
    assert.deepEqual(
      codes.map(({ line, code }) => [line, code]).filter(([line]) => Number(line) > 30),
      [],
    );
    assert.ok(codes.some(({ code }) => code === 'syntax'));
  });

  test('no message holds a secret that stands in the text', () => {
    for (const secret of ['hunter2hunter2']) {
      for (const text of [
        spoilt('passphrase: { env: OSLO_ADMIN }', `passphrase: ${secret}`),
        spoilt('passphrase: { env: OSLO_ADMIN }', `password: ${secret}`),
        spoilt('https://nethsm-oslo', `https://admin:${secret}@nethsm-oslo`),
        spoilt('backupPassphrase: { command: [pass, show, nethsm/oslo/backup] }', `backupPassphrase: ${secret}`),
      ]) {
        const { diagnostics } = readManifest(text, 'm');
        assert.ok(diagnostics.some(({ code, severity }) => code === 'plain-secret' && severity === 'error'));
        assert.ok(!JSON.stringify(diagnostics).includes(secret));
      }
    }
  });
});
