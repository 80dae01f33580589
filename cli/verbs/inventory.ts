import { asProblem } from '../../core/as-problem.ts';
import type { InventoryItem } from '../../core/inventory/item.ts';
import { readInventory } from '../../core/inventory/read.ts';
import { type KeyId, namespaceTitle } from '../../core/names.ts';
import { EXIT } from '../exit.ts';
import { factsJson, KEY_COLUMNS, keyRow } from '../facts.ts';
import { chooseDevice, chooseScope, loadManifest } from '../manifest.ts';
import { SCOPE_OPTIONS } from '../options.ts';
import { problemJson } from '../report-problem.ts';
import type { Run } from '../run.ts';
import { withSessions } from '../sessions.ts';
import { makeTable } from '../terminal/table.ts';
import { count, printable } from '../terminal/text.ts';
import { defineVerb } from '../verb.ts';

type Batches = AsyncIterable<readonly InventoryItem[]>;

export const verb = defineVerb({
  about: [
    'Lists the keys of a namespace as the device tells them: type, mechanisms, public key, tags, label, certificate and how often each was used. Changes nothing.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest that names the device.' }],
  options: {
    ...SCOPE_OPTIONS,
    device: { value: 'D', help: 'The device to ask. Default: the primary of the namespace.' },
  },
  examples: [
    ['inventory site.nethsm.yaml --namespace payments', 'the keys of payments on its primary'],
    ['inventory site.nethsm.yaml --root --device bergen --json', 'the root keys of bergen, for a program'],
  ],
  async run(run, values, [file = '']) {
    const loaded = await loadManifest(run, file);
    const scope = chooseScope(loaded, values);
    const { namespace } = scope;
    const name = chooseDevice(loaded, scope, values.device);
    return withSessions(run, loaded, [name], async (session) => {
      // Rows that run over a terminal are progress enough.
      const watched = !run.json && run.around.stdout.isTTY === true;
      const unreadable: KeyId[] = [];
      const onUnreadable = (id: KeyId) => void unreadable.push(id);
      const work = watched ? { signal: run.signal } : run.work;
      const batches = readInventory(session, namespace, { ...work, onUnreadable });
      if (run.json) {
        await run.answerInPieces(inventoryJson({ namespace, device: name }, batches, unreadable));
      } else {
        const keys = await showTable(run, batches);
        run.say(`${count(keys, 'key')} in ${namespaceTitle(namespace)} on ${printable(name)}.`);
      }
      if (unreadable.length === 0) return EXIT.done;
      run.note(
        `${count(unreadable.length, 'key')} more ${unreadable.length === 1 ? 'is' : 'are'} listed, which ${printable(name)} can not open (${printable(unreadable.slice(0, 5).join(', '))}): sealed under another Domain Key or another path. Delete such a key, or run doctor.`,
      );
      return EXIT.partial;
    });
  },
});

async function showTable(run: Run, batches: Batches): Promise<number> {
  const table = makeTable(KEY_COLUMNS);
  let keys = 0;
  for await (const batch of batches) {
    const rows = batch.map(({ id, facts }) => keyRow(id, facts));
    if (rows.length === 0) continue;
    if (keys === 0) run.table(run.style.bold(table.head(rows)));
    run.table(...table.lines(rows));
    keys += rows.length;
  }
  return keys;
}

/** Batch by batch, so that a million keys need no memory; what ends it early stands in the document as `problem`. */
async function* inventoryJson(
  head: { namespace: string; device: string },
  batches: Batches,
  unreadable: readonly KeyId[],
): AsyncGenerator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"keys":{`;
  let first = true;
  try {
    for await (const batch of batches) {
      if (batch.length === 0) continue;
      const members = batch.map(({ id, facts }) => `${JSON.stringify(id)}:${JSON.stringify(factsJson(facts))}`);
      yield `${first ? '' : ','}${members.join(',')}`;
      first = false;
    }
  } catch (error) {
    yield `},${JSON.stringify(problemJson(asProblem(error))).slice(1)}\n`;
    throw error;
  }
  yield unreadable.length === 0 ? '}}\n' : `},"unreadable":${JSON.stringify(unreadable)}}\n`;
}
