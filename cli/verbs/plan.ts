import { askedOf } from '../../core/replication/apply/report.ts';
import { explainPlan } from '../../core/replication/plan/explain.ts';
import type { NamespacePlan } from '../../core/replication/plan/plan.ts';
import { planFor } from '../../core/replication/sync.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { loadManifest } from '../manifest.ts';
import { exitOf, forEachNamespace, problemsJson } from '../replication/each.ts';
import { ALL_SCOPE_OPTIONS, chosenNamespaces } from '../replication/scope.ts';
import { extraJson, isQuiet, isStopped } from '../replication/tell.ts';
import { withReplication } from '../replication.ts';
import { printable } from '../terminal/text.ts';
import { defineVerb } from '../verb.ts';

/** What stops everything weighs more than what there is to do, and that more than what waits for a person. */
function exitCode(plans: readonly NamespacePlan[]): ExitCode {
  if (plans.some(isStopped)) return EXIT.refused;
  if (plans.some(({ steps }) => steps.length > 0)) return EXIT.drift;
  return plans.every(isQuiet) ? EXIT.done : EXIT.partial;
}

export const verb = defineVerb({
  about: [
    'Shows what sync would do, and does nothing: which keys and users would be created, changed or deleted on which device, which replica would be locked, what is a conflict, and what is held back and why. Exit code 2 when there is something to do, 5 when something waits for a person only, 4 when sync would refuse.',
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
        asked: plans.flatMap(({ steps }) => steps).reduce((all, step) => all + askedOf(step), 0),
        done: 0,
        verified: 0,
        conflicts: plans.flatMap(({ conflicts }) => conflicts),
        held: plans.flatMap(({ held }) => held),
        extra: extraJson(plans),
        alarms: plans.flatMap(({ alarms }) => alarms),
        ...problemsJson(each),
      });
      return exitOf(each, exitCode(plans));
    });
  },
});
