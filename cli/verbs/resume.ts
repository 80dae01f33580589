import { namespaceTitle } from '../../core/names.ts';
import { EXIT } from '../exit.ts';
import { loadManifest } from '../manifest.ts';
import { ALL_SCOPE_OPTIONS, chosenNamespaces } from '../replication/scope.ts';
import { withJournal } from '../replication.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: ['Lets the replication of namespaces go on that pause held; one that was not held stays as it is.'],
  positionals: [{ name: 'MANIFEST', help: 'The manifest.' }],
  options: ALL_SCOPE_OPTIONS,
  examples: [['resume site.nethsm.yaml --namespace payments', 'it goes on']],
  async run(run, values, [file = '']) {
    const loaded = await loadManifest(run, file);
    const namespaces = chosenNamespaces(loaded, values);
    const resumed = await withJournal(run, loaded, (journal) => {
      const held = namespaces.filter((namespace) => journal.paused(namespace) !== undefined);
      for (const namespace of held) journal.resume(namespace);
      return held;
    });
    for (const namespace of namespaces) {
      const words = resumed.includes(namespace) ? 'goes on' : 'was not paused';
      run.say(`${run.style.green('✓')} ${namespaceTitle(namespace)} ${words}.`);
    }
    run.answer({ resumed });
    return EXIT.done;
  },
});
