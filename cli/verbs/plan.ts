import { explainPlan } from '../../core/replication/plan/explain.ts';
import { planFor } from '../../core/replication/sync.ts';
import { EXIT } from '../exit.ts';
import { loadManifest } from '../manifest.ts';
import { exitOf, forEachNamespace, problemsJson } from '../replication/each.ts';
import { ALL_SCOPE_OPTIONS, chosenNamespaces } from '../replication/scope.ts';
import { withReplication } from '../replication.ts';
import { printable } from '../terminal/text.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Shows what sync would do, and does nothing: which keys and users would be created, changed or deleted on which device, which replica would be locked, what is a conflict, and what is held back and why. Exit code 2 when there is something to do.',
    'Reads the devices and the journal. Between plan and sync the devices may change: sync makes its own plan and looks again before each batch.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest.' }],
  options: ALL_SCOPE_OPTIONS,
  examples: [
    ['plan site.nethsm.yaml', 'what would be done in all namespaces'],
    ['plan site.nethsm.yaml --namespace payments --json', 'the steps as data'],
  ],
  async run(run, values, [file = '']) {
    const loaded = await loadManifest(run, file);
    return withReplication(run, loaded, chosenNamespaces(loaded, values), async (ctx, policies) => {
      const each = await forEachNamespace(run, policies, (policy) => planFor(ctx, policy));
      const plans = each.results;
      for (const plan of plans) run.say(...explainPlan(plan).map(printable));
      run.answer({
        steps: plans.flatMap(({ steps }) => steps),
        asked: 0,
        done: 0,
        verified: 0,
        conflicts: plans.flatMap(({ conflicts }) => conflicts),
        held: plans.flatMap(({ held }) => held),
        alarms: plans.flatMap(({ alarms }) => alarms),
        ...problemsJson(each),
      });
      const steps = plans.some((plan) => plan.steps.length > 0);
      const conflicts = plans.some((plan) => plan.conflicts.length > 0);
      return exitOf(each, steps ? EXIT.drift : conflicts ? EXIT.partial : EXIT.done);
    });
  },
});
