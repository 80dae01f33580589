import { namespaceTitle, ROOT } from '../../core/names.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { type DeviceRole, type RoleView, readRoles } from '../../core/replication/roles/read-roles.ts';
import { EXIT } from '../exit.ts';
import { loadManifest } from '../manifest.ts';
import { exitOf, forEachNamespace, inAdvance, problemsJson } from '../replication/each.ts';
import { ALL_SCOPE_OPTIONS, chosenNamespaces } from '../replication/scope.ts';
import { HASTY, withReplication } from '../replication.ts';
import type { Run } from '../run.ts';
import { printable } from '../terminal/text.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Shows who is primary: by the manifest, and by the role record on every device, with its epoch, when and by whom it was made, which keepers a device has, and who works on it. Changes nothing. Exit code 4 when the manifest and the record differ, or when two devices claim the same epoch; 1 when a device can not be asked.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest.' }],
  options: ALL_SCOPE_OPTIONS,
  examples: [['roles site.nethsm.yaml', 'all namespaces']],
  async run(run, values, [file = '']) {
    const loaded = await loadManifest(run, file);
    return withReplication(
      run,
      loaded,
      chosenNamespaces(loaded, values),
      async (ctx, policies) => {
        const looks = inAdvance(policies, (policy) => readRoles(ctx, policy));
        const each = await forEachNamespace(run, policies, async (policy) => ({
          policy,
          roles: (await looks.get(policy)) as RoleView,
        }));
        for (const { policy, roles } of each.results) tell(run, policy, roles);
        run.answer({
          namespaces: Object.fromEntries(
            each.results.map(({ policy, roles }) => [policy.namespace, json(policy, roles)]),
          ),
          ...problemsJson(each),
        });
        const refused = each.results.some(({ policy, roles }) => roles.splitBrain || !agrees(policy, roles));
        const silent = each.results.some(({ roles }) => [...roles.devices.values()].some(({ problem }) => problem));
        return exitOf(each, refused ? EXIT.refused : silent ? EXIT.failed : EXIT.done);
      },
      { limits: HASTY },
    );
  },
});

const byManifest = ({ sites }: Policy): string[] =>
  sites.kind === 'one-way' ? [sites.primary] : sites.sites.map(({ device }) => device).sort();

const agrees = (policy: Policy, { primaries }: RoleView): boolean =>
  primaries.length === 0 || byManifest(policy).join() === [...primaries].sort().join();

function tell(run: Run, policy: Policy, roles: RoleView): void {
  const { style } = run;
  const head =
    roles.epoch === 0
      ? 'no role record yet: sync writes the first one'
      : `epoch ${roles.epoch}, primary ${roles.primaries.map(printable).join(', ') || 'unknown (no device that answers has the record)'}`;
  run.say(
    `${style.bold(printable(namespaceTitle(policy.namespace)))}: ${head}`,
    ...(roles.splitBrain
      ? [
          `  ${style.red('✗ split brain:')} epoch ${roles.epoch} was claimed twice; nothing is copied until a person chooses`,
        ]
      : []),
    ...(agrees(policy, roles)
      ? []
      : [
          `  ${style.red('✗')} the manifest says ${byManifest(policy).join(', ')}; the record on the devices rules: promote, or edit the manifest`,
        ]),
    ...[...roles.devices.values()].map((role) => `  ${line(run, role, roles)}`),
  );
}

function line(run: Run, role: DeviceRole, roles: RoleView): string {
  const { style } = run;
  const name = printable(role.device).padEnd(14);
  if (role.problem !== undefined) return `${name} ${style.red(printable(role.problem.reason))}`;
  if (!role.hasNamespace) return `${name} ${style.dim('the namespace is not there yet')}`;
  const part = roles.primaries.includes(role.device) ? style.green('primary') : 'replica';
  const record = role.record;
  const seen =
    record === undefined
      ? 'no record'
      : `epoch ${record.epoch} since ${record.at} by ${record.by}${record.nonce === roles.nonce ? '' : style.yellow(' (not the one that rules)')}`;
  const keepers = role.keepers.length === 0 ? 'no keepers' : `keepers: ${role.keepers.map(printable).join(', ')}`;
  const lease = role.lease === undefined ? '' : `, in use by ${printable(role.lease.holder)}`;
  return `${name} ${part}, ${seen}, ${keepers}${lease}`;
}

/** Whether nobody but us can change the namespace on a device. */
const isFenced = (
  { namespace, primaries }: RoleView,
  { device, problem, hasNamespace, keepers }: DeviceRole,
): boolean =>
  namespace !== ROOT && problem === undefined && hasNamespace && keepers.length === 0 && !primaries.includes(device);

const json = (policy: Policy, roles: RoleView) => ({
  namespace: policy.namespace,
  primary: roles.primaries.length === 1 ? roles.primaries[0] : null,
  fenced: [...roles.devices.values()].filter((role) => isFenced(roles, role)).map(({ device }) => device),
  manifest: byManifest(policy),
  epoch: roles.epoch,
  primaries: roles.primaries,
  splitBrain: roles.splitBrain,
  agrees: agrees(policy, roles),
  devices: Object.fromEntries(
    [...roles.devices.values()].map(({ device, problem, reachable, hasNamespace, record, mark, keepers, lease }) => [
      device,
      { reachable, hasNamespace, record, generation: mark?.generation, keepers, lease, problem: problem?.reason },
    ]),
  ),
});
