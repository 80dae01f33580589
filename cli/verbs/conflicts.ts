import { namespaceTitle } from '../../core/names.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { resolveConflict } from '../../core/replication/resolve.ts';
import { planFor } from '../../core/replication/sync.ts';
import { EXIT } from '../exit.ts';
import { chooseScope, loadManifest } from '../manifest.ts';
import { usageProblem } from '../options.ts';
import { exitOf, forEachNamespace, problemsJson } from '../replication/each.ts';
import { ALL_SCOPE_OPTIONS, chosenNamespaces } from '../replication/scope.ts';
import { attention, tellSync } from '../replication/tell.ts';
import { withReplication } from '../replication.ts';
import { count, number, printable } from '../terminal/text.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Shows keys and users that two devices hold differently and that only a person may decide on, and deletions that are held back. Changes nothing without --resolve. Exit code 5 when there are any.',
    'With --resolve ID --keep D the other device gets what D has: its own version is kept sealed in the journal (see recover), then it is deleted there and copied from D. When D has no such key, it is deleted on the other device. A user is named "user NAME".',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest.' }],
  options: {
    ...ALL_SCOPE_OPTIONS,
    resolve: { value: 'ID', help: 'The key, or "user NAME", to decide on; needs --keep and --namespace or --root.' },
    keep: { value: 'D', help: 'The device whose version stays.' },
  },
  examples: [
    ['conflicts site.nethsm.yaml', 'what is open'],
    ['conflicts site.nethsm.yaml --namespace payments --resolve card-7 --keep oslo', 'oslo is right'],
  ],
  async run(run, values, [file = '']) {
    const loaded = await loadManifest(run, file);
    const { resolve: id, keep } = values;
    if ((id === undefined) !== (keep === undefined))
      throw usageProblem('conflicts', '--resolve and --keep go together');
    if (id !== undefined && keep !== undefined) {
      const { namespace } = chooseScope(loaded, values);
      return withReplication(run, loaded, [namespace], async (ctx, [policy]) => {
        const report = await resolveConflict(ctx, policy as Policy, { id, keep });
        const code = tellSync(run, policy as Policy, report);
        run.answer(report);
        return code;
      });
    }
    return withReplication(run, loaded, chosenNamespaces(loaded, values), async (ctx, policies) => {
      const each = await forEachNamespace(run, policies, (policy) => planFor(ctx, policy));
      const [conflicts, held] = [
        each.results.flatMap((plan) => plan.conflicts),
        each.results.flatMap((plan) => plan.held),
      ];
      for (const plan of each.results) {
        if (plan.conflicts.length + plan.held.length === 0) continue;
        run.say(run.style.bold(printable(namespaceTitle(plan.namespace))), ...attention(run, { ...plan, alarms: [] }));
      }
      run.say(
        conflicts.length + held.length === 0
          ? `${run.style.green('✓')} No conflicts.`
          : `${count(conflicts.length, 'conflict')}, ${number(held.length)} held.`,
      );
      run.answer({ conflicts, held, ...problemsJson(each) });
      return exitOf(each, conflicts.length + held.length === 0 ? EXIT.done : EXIT.partial);
    });
  },
});
