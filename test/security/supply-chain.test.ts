/** What is installed: from one registry, with a hash each, at one version, and running nothing while it is installed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';

interface Locked {
  version: string;
  resolved?: string;
  integrity?: string;
  dev?: boolean;
  link?: boolean;
  hasInstallScript?: boolean;
}
const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')) as T;
type Own = Record<'scripts' | 'dependencies' | 'devDependencies', Record<string, string>>;
const own = read<Own & { allowScripts: Record<string, boolean> }>('package.json');
const lock = read<{ lockfileVersion: number; packages: Record<string, Locked> }>('package-lock.json');
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

test('every package of the lock file has a SHA-512 and comes from the npm registry', () => {
  assert.equal(lock.lockfileVersion, 3);
  assert.ok(packages.length > 20);
  for (const [path, { integrity, resolved, link }] of packages) {
    assert.match(path, /^node_modules\//);
    assert.match(integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/, path);
    assert.notEqual(link, true, path);
    // Absent means: from the registry that npm is set to.
    if (resolved !== undefined) assert.match(resolved, /^https:\/\/registry\.npmjs\.org\//, path);
  }
});

test('our own dependencies are single versions, no ranges, no addresses', () => {
  for (const [name, version] of Object.entries({ ...own.dependencies, ...own.devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
    assert.equal(lock.packages[`node_modules/${name}`]?.version, version, name);
  }
});

test('nothing of ours runs at installation, and of others only two tools of development', () => {
  const atInstallation = /^(pre|post)?(install|prepare|publish|pack|uninstall|dependencies)$|^prepublishOnly$/;
  for (const name of Object.keys(own.scripts)) assert.doesNotMatch(name, atInstallation);
  const mayRun = ([path]: (typeof packages)[number]): boolean => own.allowScripts[nameOf(path)] !== false;
  const running = packages.filter(([, { hasInstallScript }]) => hasInstallScript).filter(mayRun);
  assert.deepEqual(running.map(([path]) => nameOf(path)).sort(), ['esbuild', 'node']);
  for (const [path, { dev }] of running) assert.equal(dev, true, path);
});

test('the bill of materials names every package with its hash, and which of them run', async () => {
  const command = own.scripts.sbom ?? '';
  assert.match(command, /^npm sbom /);
  const [program = '', ...words] = command.split(' ');
  const where = { cwd: new URL('../../', import.meta.url), shell: process.platform === 'win32', maxBuffer: 10_000_000 };
  const { stdout } = await promisify(execFile)(program, words, where);
  const bill = JSON.parse(stdout) as {
    bomFormat: string;
    components: { name: string; version: string; scope: string; hashes?: { alg: string }[] }[];
  };
  assert.equal(bill.bomFormat, 'CycloneDX');
  const once = (lines: string[]): string[] => [...new Set(lines)].sort();
  assert.deepEqual(
    once(bill.components.map(({ name, version, scope }) => `${name}@${version} ${scope}`)),
    once(packages.map(([path, { version, dev }]) => `${nameOf(path)}@${version} ${dev ? 'optional' : 'required'}`)),
  );
  for (const { name, hashes } of bill.components)
    assert.deepEqual(
      hashes?.map(({ alg }) => alg),
      ['SHA-512'],
      name,
    );
});
