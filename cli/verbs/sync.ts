import { syncNamespace } from '../../core/replication/sync.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { loadManifest } from '../manifest.ts';
import { exitOf, forEachNamespace, problemsJson } from '../replication/each.ts';
import { ALL_SCOPE_OPTIONS, chosenNamespaces } from '../replication/scope.ts';
import { extraJson, tellSync } from '../replication/tell.ts';
import { withReplication } from '../replication.ts';
import { defineVerb } from '../verb.ts';

/** The code that matters most of several. */
const gravest = (codes: ReadonlySet<number>): ExitCode =>
  [EXIT.refused, EXIT.failed, EXIT.partial].find((code) => codes.has(code)) ?? EXIT.done;

export const verb = defineVerb({
  about: [
    'Brings replicas in step with their primary, and two primaries with each other: new keys are copied sealed, tags, label and certificate follow, Operators travel along, and a replica is locked so that nobody but us can change it. What changed on both sides is a conflict: both are kept and shown. Exit code 5 when something was done only in part: conflicts or alarms are left, a deletion is held, a device is out of reach; 1 when no two devices could be compared.',
    'The first run writes a role record on every device; from then on the record says who is primary, not the manifest. A deletion is repeated only where the manifest says "deletions: propagate" and the journal saw the key before. Before a replica is locked, its keepers are kept in sealed archives at two places, so "backups: directory" must be set and NETHSM_BACKUP_PASSPHRASE is needed.',
    'It may be stopped and run again at any time.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest.' }],
  options: ALL_SCOPE_OPTIONS,
  examples: [
    ['sync site.nethsm.yaml', 'all namespaces'],
    ['sync site.nethsm.yaml --namespace payments --json', 'one, for a script'],
  ],
  async run(run, values, [file = '']) {
    const loaded = await loadManifest(run, file);
    return withReplication(run, loaded, chosenNamespaces(loaded, values), async (ctx, policies) => {
      const codes = new Set<number>();
      const each = await forEachNamespace(run, policies, async (policy) => {
        const report = await syncNamespace(ctx, policy);
        codes.add(tellSync(run, policy, report));
        return report;
      });
      const reports = each.results;
      const sum = (figure: 'asked' | 'done' | 'verified'): number => reports.reduce((all, one) => all + one[figure], 0);
      run.answer({
        steps: reports.flatMap(({ steps }) => steps),
        asked: sum('asked'),
        done: sum('done'),
        verified: sum('verified'),
        conflicts: reports.flatMap(({ conflicts }) => conflicts),
        held: reports.flatMap(({ held }) => held),
        extra: extraJson(reports),
        alarms: reports.flatMap(({ alarms }) => alarms),
        stopped: reports.flatMap(({ namespace, stopped }) =>
          stopped === undefined ? [] : [{ namespace, reason: stopped }],
        ),
        ...problemsJson(each),
      });
      return exitOf(each, gravest(codes));
    });
  },
});
