import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { getLanguageService } from 'yaml-language-server';
import { manifestJsonSchema } from '../../schemas/json-schema.ts';
import { fieldsOf, shapeAt } from '../../schemas/shape.ts';
import { GOOD, spoilt } from './manifest-text.ts';

const nothing = () => undefined as never;
const service = getLanguageService({
  schemaRequestService: async () => '',
  workspaceContext: { resolveRelativePath: (path: string) => path },
  telemetry: { send: nothing, sendError: nothing, sendTrack: nothing },
} as never);
service.configure({
  validate: true,
  completion: true,
  customTags: [],
  schemas: [{ uri: 'file:///manifest.schema.json', fileMatch: ['*'], schema: manifestJsonSchema() as never }],
});

let version = 0;

/** What another YAML editor, given our JSON Schema, says of a text. */
async function others(text: string): Promise<string[]> {
  const document = TextDocument.create('file:///a.nethsm.yaml', 'yaml', ++version, text);
  return (await service.doValidation(document, false)).map(({ message }) => String(message));
}

test('the JSON Schema in the repository is the one that the definition makes', () => {
  const written = readFileSync(new URL('../../schemas/manifest.schema.json', import.meta.url), 'utf8');
  assert.deepEqual(JSON.parse(written), JSON.parse(JSON.stringify(manifestJsonSchema())), 'run npm run schema');
});

test('it takes what is right', async () => {
  assert.deepEqual(await others(GOOD), []);
  assert.deepEqual(await others(`${GOOD}x-mine: [1]\n`), []);
});

test('it refuses what the text alone shows to be wrong', async () => {
  const bad: [string, string][] = [
    ['version: 1', 'version: 2'],
    ['url: https://nethsm-oslo.example/api/v1', 'nodes: [{ url: https://a }]\n    url: https://b'],
    ['url: https://nethsm-oslo.example/api/v1', ''],
    ['primary: oslo', 'primary: oslo\n    primaries: [oslo, bergen]'],
    ['primary: oslo', ''],
    ['schedule: "*/15 * * * *", ', ''],
    ['{ env: OSLO_ADMIN }', 'hunter2hunter2'],
    ['{ env: OSLO_ADMIN }', '{ env: OSLO_ADMIN, file: a }'],
    ['deletions: propagate', 'deletions: sometimes'],
    ['  payments:', '  _payments:'],
    ['users: operators', 'user: operators'],
  ];
  for (const [text, by] of bad) assert.notDeepEqual(await others(spoilt(text, by)), [], `${text} → ${by}`);
});

test('every field has a description', () => {
  const visit = (path: PropertyKey[]) => {
    const shape = shapeAt(path);
    assert.ok(shape?.description, `no description at ${path.join('.')}`);
    for (const name of fieldsOf(shape).keys()) visit([...path, name]);
  };
  for (const top of ['version', 'devices', 'namespaces', 'root']) visit([top]);
  visit(['devices', 'any']);
  visit(['namespaces', 'any']);
});

test('another editor completes with it', async () => {
  const text = spoilt('    users: operators\n', '    users: \n    \n');
  const document = TextDocument.create('file:///a.nethsm.yaml', 'yaml', ++version, text);
  const line = text.split('\n').indexOf('    users: ');
  const labels = async (at: { line: number; character: number }) =>
    (await service.doComplete(document, at, false)).items.map(({ label }) => label);
  assert.ok((await labels({ line, character: 11 })).includes('operators'));
  assert.ok((await labels({ line: line + 1, character: 4 })).includes('maxDeletions'));
});
