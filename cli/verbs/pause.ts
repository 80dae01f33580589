import { hostname } from 'node:os';
import { systemClock } from '../../core/clock.ts';
import { namespaceTitle } from '../../core/names.ts';
import { EXIT } from '../exit.ts';
import { loadManifest } from '../manifest.ts';
import { ALL_SCOPE_OPTIONS, chosenNamespaces } from '../replication/scope.ts';
import { controllerName, withJournal } from '../replication.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Holds the replication of namespaces until resume: the agent leaves them and their backups alone, and sync refuses them. What is under way is finished first.',
    'It is remembered in the journal of the manifest on this machine: a controller on another machine, with a journal of its own, is not held.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest.' }],
  options: ALL_SCOPE_OPTIONS,
  examples: [
    ['pause site.nethsm.yaml --namespace payments', 'while its keys are moved by hand'],
    ['pause site.nethsm.yaml', 'all namespaces'],
  ],
  async run(run, values, [file = '']) {
    const loaded = await loadManifest(run, file);
    const namespaces = chosenNamespaces(loaded, values);
    const by = controllerName('cli', hostname());
    const paused = await withJournal(run, loaded, (journal) => {
      for (const namespace of namespaces) journal.pause(namespace, by, systemClock.now());
      return Object.fromEntries(namespaces.map((namespace) => [namespace, journal.paused(namespace)]));
    });
    for (const namespace of namespaces) run.say(`${run.style.yellow('‖')} ${namespaceTitle(namespace)} is paused.`);
    run.answer({ paused });
    return EXIT.done;
  },
});
