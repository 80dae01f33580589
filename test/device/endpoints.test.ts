import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ENDPOINTS, type EndpointName, endpointPath } from '../../core/device/endpoints.ts';
import { whyNoId } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import fc from '../support/laws.ts';

const names = Object.keys(ENDPOINTS) as EndpointName[];

test('nothing that ends, resets, updates or reconfigures a device can be asked for', () => {
  const forbidden =
    /reboot|shutdown|factory-reset|update|lock$|provision|cluster|network|logging|unattended|unlock-passphrase|generate$|csr|\/move/;
  const allowed = new Set(['POST /unlock', 'POST /keys/generate']);
  for (const name of names) {
    const [method, path] = ENDPOINTS[name];
    if (!allowed.has(`${method} ${path}`)) assert.doesNotMatch(path, forbidden, name);
    if (method === 'DELETE') assert.match(path, /^\/(keys|users)\/\{/, name);
    if (path.startsWith('/config/tls') || path === '/config/time') assert.equal(method, 'GET');
    assert.equal(ENDPOINTS[name][2] === 'read', method === 'GET', `${name}: what is repeated must be a GET`);
  }
});

test('an id never leaves its place in a path', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.string({ unit: fc.constantFrom('.', '/', '%', '2', 'e', '\\', '~', '?', '#', 'a', '*'), maxLength: 8 }),
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(...names), (id, name) => {
      const template = ENDPOINTS[name][1];
      let path: string;
      try {
        path = endpointPath(name, { key: id, prefix: id, tag: id, user: id, namespace: id }, 'oslo');
      } catch (error) {
        assert.ok(isProblem(error, 'invalid'));
        return;
      }
      assert.equal(path.split('/').length, template.split('/').length);
      assert.equal(new URL(`https://h${path}`).pathname, path);
      if (template.includes('{')) {
        assert.equal(path, template.replaceAll(/\{\w+\}/g, id));
        assert.ok(id.split('~').every((part) => whyNoId(part) === undefined));
      }
    }),
  );
});

test('a parameter that is missing is refused', () => {
  assert.throws(
    () => endpointPath('getKey', {}, 'oslo'),
    (error) => isProblem(error, 'invalid'),
  );
});

/** All sources under a folder of the project, by path. */
function* sources(folder: URL): Generator<[path: string, text: string]> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const url = new URL(`${entry.name}${entry.isDirectory() ? '/' : ''}`, folder);
    if (entry.isDirectory()) yield* sources(url);
    else if (entry.name.endsWith('.ts')) yield [url.pathname, readFileSync(url, 'utf8')];
  }
}

/** The files of the program whose text a pattern is found in, as paths from its root. */
function filesWith(pattern: RegExp): string[] {
  const root = new URL('../../', import.meta.url);
  const found: string[] = [];
  for (const folder of ['core', 'cli', 'server']) {
    for (const [path, text] of sources(new URL(`${folder}/`, root))) {
      if (pattern.test(text)) found.push(path.slice(root.pathname.length));
    }
  }
  return found.sort();
}

test('restore bodies are made in two files only', () => {
  const makers = filesWith(/\bbrandRestoreBody\b/).filter((file) => file !== 'core/device/restore.ts');
  assert.deepEqual(makers, ['core/transfer/append-body.ts', 'core/transfer/whole-body.ts']);
  assert.deepEqual(filesWith(/kind: 'whole', arguments/), ['core/transfer/whole-body.ts']);
});

test('devices are reached by this folder only', () => {
  assert.deepEqual(filesWith(/from '(undici)'/), ['core/device/undici.ts']);
  assert.deepEqual(filesWith(/from 'node:(http|https|http2|net|tls|dgram)'|globalThis\.fetch|await fetch\(/), [
    // Serves figures, asks nobody.
    'cli/agent/http.ts',
    // What a person with curl would do to the practice devices of the demonstration.
    'cli/demo/outside.ts',
    'core/device/node-config.ts',
    'core/device/node.ts',
    'core/device/raw-post.ts',
    'core/device/trust.ts',
    // Looks at a certificate before there is a device to trust; sends nothing.
    'server/operations/reads/probe.ts',
  ]);
});
