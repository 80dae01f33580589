import type { InspectedNamespace } from '../core/backup/inspect.ts';
import type { KeyFacts } from '../core/key-facts.ts';
import { type Namespace, namespaceTitle } from '../core/names.ts';
import { factsJson, KEY_COLUMNS, keyRow } from './facts.ts';
import type { Run } from './run.ts';
import { makeTable } from './terminal/table.ts';
import { count, printable } from './terminal/text.ts';

/** What a file holds, by namespace. */
export type Namespaces = Record<string, InspectedNamespace>;

/** Keys that are written in one go: a file may hold millions. */
const BATCH = 1000;

function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += BATCH) yield items.slice(from, from + BATCH);
}

/** Shows what namespaces hold, unless stdout is for JSON. */
export function showNamespaces(run: Run, namespaces: Namespaces): void {
  if (run.json) return;
  for (const [name, namespace] of Object.entries(namespaces)) showNamespace(run, name as Namespace, namespace);
}

const isOpened = (entry: [string, KeyFacts | Record<string, never>]): entry is [string, KeyFacts] => 'type' in entry[1];

function showNamespace(run: Run, name: Namespace, { users, keys }: InspectedNamespace): void {
  const entries = Object.entries(keys);
  const figures = `${count(entries.length, 'key')}, ${count(users.length, 'user')}`;
  run.table('', run.style.bold(`${printable(namespaceTitle(name))}: ${figures}`));
  if (users.length > 0) run.table(`  Users: ${users.map(printable).join(', ')}`);
  const table = makeTable(KEY_COLUMNS);
  let first = true;
  for (const batch of batchesOf(entries.filter(isOpened))) {
    const rows = batch.map(([id, facts]) => keyRow(id, facts));
    if (first) run.table(`  ${table.head(rows)}`);
    run.table(...table.lines(rows).map((line) => `  ${line}`));
    first = false;
  }
  const closed = entries.filter((entry) => !isOpened(entry));
  for (const batch of batchesOf(closed)) run.table(...batch.map(([id]) => `  ${printable(id)}`));
}

/** The JSON of an inspection in pieces: whole, it may be longer than a string can be. */
export async function* inspectionJson(head: object, namespaces: Namespaces): AsyncGenerator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"namespaces":{`;
  let between = '';
  for (const [name, { users, keys }] of Object.entries(namespaces)) {
    yield `${between}${JSON.stringify(name)}:{"users":${JSON.stringify(users)},"keys":{`;
    let comma = '';
    for (const batch of batchesOf(Object.entries(keys))) {
      yield comma + batch.map(([id, facts]) => `${JSON.stringify(id)}:${JSON.stringify(factsJson(facts))}`).join(',');
      comma = ',';
    }
    yield '}}';
    between = ',';
  }
  yield '}}\n';
}
