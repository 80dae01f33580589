import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readManifest } from '../../schemas/read.ts';

const HEAD =
  'version: 1\ndevices:\n  oslo: { url: https://a, tls: { ca: x } }\n  bergen: { url: https://b, tls: { ca: x } }\n';
const read = (namespaces: string) => readManifest(`${HEAD}namespaces:\n${namespaces}`, 'm');
const codes = (namespaces: string) =>
  read(namespaces)
    .diagnostics.filter(({ code }) => code !== 'unused-device')
    .map(({ code, line }) => `${line} ${code}`);

test('an alias stands for the nearest anchor before it, not for one behind it', () => {
  assert.deepEqual(codes('  a: *x\n  b: &x { primary: oslo, replicas: [bergen] }\n'), [
    '6 unresolved-alias',
    '6 wrong-type',
  ]);
  const { manifest } = read(
    '  a: &x { primary: oslo, replicas: [bergen] }\n  b: *x\n  c: &x { primary: bergen, replicas: [oslo] }\n  d: *x\n',
  );
  assert.deepEqual([manifest?.namespaces.b?.primary, manifest?.namespaces.d?.primary], ['oslo', 'bergen']);
});

test('within an entry too', () => {
  const { manifest } = read(
    '  a:\n    primary: &p oslo\n    replicas: [bergen]\n    replication: { maxLag: &p 5m }\n    users: none\n',
  );
  assert.equal(manifest?.namespaces.a?.replication?.maxLag, '5m');
  assert.deepEqual(
    codes('  a: { replicas: [*p], primary: &p oslo }\n')
      .map((one) => one.slice(2))
      .sort(),
    ['unresolved-alias', 'wrong-type'],
  );
});

test('what an alias stands for is looked at again when it changes', () => {
  assert.deepEqual(codes('  a: &x { primary: oslo, replicas: [bergen] }\n  b: *x\n'), []);
  assert.deepEqual(codes('  a: &x { primary: olso, replicas: [bergen] }\n  b: *x\n'), [
    '6 unknown-device',
    '7 unknown-device',
  ]);
});

test('of several merged maps the first counts most, and what is written counts more', () => {
  const { manifest } = read(
    '  a: &x { primary: oslo, replicas: [bergen], users: none }\n  b: &y { primary: bergen, replicas: [oslo], conflicts: keepPrimary }\n  c: { <<: [*x, *y], users: operators }\n',
  );
  const { primary, users, conflicts } = manifest?.namespaces.c ?? {};
  assert.deepEqual([primary, users, conflicts], ['oslo', 'operators', 'keepPrimary']);
});

test('names of variables collide between a device and a namespace too, unless a source is named', () => {
  const text = (source: string) =>
    `version: 1\ndevices:\n  x-namespace: { url: https://a, tls: { ca: x }, credentials: { administrator: { user: a } } }\nnamespaces:\n  x: { primary: x-namespace, backups: { directory: b }${source} }\n`;
  assert.deepEqual(
    readManifest(text(''), 'm').diagnostics.map(({ code }) => code),
    ['environment-collision'],
  );
  assert.deepEqual(readManifest(text(', administrator: { user: r, passphrase: { env: A } }'), 'm').diagnostics, []);
});

test('a name may hold a hash and a colon where no space stands before or behind it', () => {
  for (const name of ['x-usual', 'x#usual', 'x:usual', 'x:#usual']) {
    const text = `${name}: &usual\n  primary: oslo\n  replicas: [bergen]\n${HEAD}namespaces:\n  a: *usual\n`;
    assert.doesNotMatch(JSON.stringify(readManifest(text, 'm').diagnostics), /alias|wrong-type/, name);
  }
});
