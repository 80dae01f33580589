/** The extension's manifest agrees with the code and with itself. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const extension = read('package.json');
const texts: Record<string, string> = read('package.nls.json');
const { contributes } = extension;
const commands: { command: string; title: string }[] = contributes.commands;
const ids = new Set(commands.map(({ command }) => command));

test('every text is there and used', () => {
  const used = new Set(
    JSON.stringify(extension)
      .match(/(?<=")%[^%"]+%(?=")/g)
      ?.map((key) => key.slice(1, -1)),
  );
  assert.deepEqual([...used].sort(), Object.keys(texts).sort());
});

test('menus, links and code name commands that exist', () => {
  const menus = Object.values(contributes.menus as Record<string, { command: string }[]>).flat();
  const links = [...JSON.stringify([texts, contributes.walkthroughs]).matchAll(/command:(nethsm-replication\.\w+)/g)];
  const opened = globSync('client/views/**/*.ts').flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/opens: '(\w+)'/g),
  ]);
  const named = [
    ...menus.map(({ command }) => command),
    ...links.map(([, command]) => command),
    ...opened.map(([, command]) => `nethsm-replication.${command}`),
  ];
  assert.deepEqual(
    named.filter((command) => command !== undefined && !ids.has(command)),
    [],
  );
});

test('commands of code lenses exist', async () => {
  const { LENS_COMMANDS } = await import('../../server/language/lenses.ts');
  assert.deepEqual(
    Object.values(LENS_COMMANDS).filter((command) => !ids.has(command)),
    [],
  );
});

test('menus look for words that nodes say', () => {
  const code = globSync('client/views/**/*.ts')
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const whens = Object.values(contributes.menus as Record<string, { when?: string }[]>).flat();
  const words = new Set(
    whens
      .flatMap(({ when = '' }) => [...when.matchAll(/;([\w|()]+);/g)])
      .flatMap(([, word = '']) => word.replace(/[()]/g, '').split('|')),
  );
  assert.deepEqual(
    [...words].filter((word) => !code.includes(`'${word}'`)),
    [],
  );
});

test('files that it names are there', () => {
  const media = [...JSON.stringify(extension).matchAll(/"(?:\.\/)?(media\/[^"]+)"/g)].map(([, file]) => file as string);
  assert.deepEqual(
    media.filter((file) => !existsSync(file)),
    [],
  );
});

test('the default of each setting is the one in the code', () => {
  const code = readFileSync('client/state/settings.ts', 'utf8');
  for (const [name, { default: value }] of Object.entries<{ default: unknown }>(contributes.configuration.properties)) {
    assert.ok(code.includes(`'${name.replace('nethsm-replication.', '')}', ${value}`), name);
  }
});
