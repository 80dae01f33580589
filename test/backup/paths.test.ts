import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparePaths, keyPath, namespacePath, parsePath, userPath } from '../../core/backup/paths.ts';
import { parseKeyId, parseNamespace, parseUserName, ROOT } from '../../core/names.ts';
import fc from '../support/laws.ts';

/** The law in plain words: part by part, a path that goes on comes later. */
function compareParts(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')];
  for (const [i, part] of left.entries()) {
    const other = right[i];
    if (other === undefined) return 1;
    if (part !== other) return part < other ? -1 : 1;
  }
  return left.length - right.length;
}

const sign = (order: number): number => Math.sign(order);
const anyPath = fc.array(fc.stringMatching(/^[.~!a/-]{0,4}$/), { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);

test('paths are ordered part by part, depth first', () => {
  fc.assert(fc.property(anyPath, anyPath, (a, b) => sign(comparePaths(a, b)) === sign(compareParts(a, b))));
  const ordered = [
    '/key/.a/z',
    '/key/.a-b/a',
    '/key/.version',
    '/key/.z/a',
    '/key/0',
    '/key/A',
    '/key/a',
    '/key/a/x',
    '/key/a-b',
    '/namespace/a',
  ];
  assert.deepEqual([...ordered].reverse().sort(comparePaths), ordered);
});

test('a path that is built is read as what it was built from', () => {
  const namespace = parseNamespace('ns.1');
  const [id, name] = [parseKeyId('k_1'), parseUserName('u-1')];
  assert.deepEqual(parsePath(keyPath(namespace, id)), { kind: 'key', namespace, id });
  assert.deepEqual(parsePath(keyPath(ROOT, id)), { kind: 'key', namespace: ROOT, id });
  assert.deepEqual(parsePath(userPath(namespace, name)), { kind: 'user', namespace, name });
  assert.deepEqual(parsePath(namespacePath(namespace)), { kind: 'namespace', namespace });
  assert.throws(() => userPath(ROOT, name), RangeError);
  assert.throws(() => namespacePath(ROOT), RangeError);
});

test('what else a device writes is known', () => {
  const known: [string, ReturnType<typeof parsePath>][] = [
    ['/.initialized', { kind: 'device', name: 'initialized' }],
    ['/domain-key/attended', { kind: 'device', name: 'locked-domain-key' }],
    ['/key/.version', { kind: 'version', store: 'key' }],
    ['/authentication/.version', { kind: 'version', store: 'authentication' }],
    ['/namespace/.version', { kind: 'version', store: 'namespace' }],
    ['/config/backup-salt', { kind: 'config', name: 'backup-salt' }],
    ['/local/devA/config/unlock-salt', { kind: 'local', deviceId: 'devA', rest: '/config/unlock-salt' }],
  ];
  for (const [path, parsed] of known) assert.deepEqual(parsePath(path), parsed);
});

test('a path that no device writes by itself is odd', () => {
  const odd = [
    '',
    '/',
    'key/a',
    '/key',
    '/key/',
    '/key//a',
    '/key/a/',
    '/key/-a',
    '/key/.ns1',
    '/key/.ns1/',
    '/key/.ns1/.version',
    '/key/.ns1/a/b',
    '/key/.ns1/../../config/x',
    '/key/ns1/a',
    '/key/..',
    '/key/.ns1/..',
    `/key/${'a'.repeat(129)}`,
    '/authentication/a~b~c',
    '/authentication/~a',
    '/authentication/a~',
    '/namespace/.a',
    '/namespace/a/b',
    '/config/a/b',
    '/local/devA',
    '/local/devA//x',
    '/restore-in-progress',
    '/Key/a',
    '/key/æ',
  ];
  for (const path of odd) assert.deepEqual(parsePath(path), { kind: 'odd' }, path);
});
