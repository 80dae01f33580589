import { readState } from '../../core/device/health.ts';
import { systemInfo } from '../../core/device/info.ts';
import type { Session } from '../../core/device/session.ts';
import { namespaceTitle } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import { devicesOf, type Policy } from '../../core/replication/policy.ts';
import { type NamespaceStatus, namespaceStatus, type ReplicaStatus } from '../../core/replication/status.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { loadManifest } from '../manifest.ts';
import { exitOf, forEachNamespace, inAdvance, problemsJson } from '../replication/each.ts';
import { ALL_SCOPE_OPTIONS, chosenNamespaces } from '../replication/scope.ts';
import { attention, isStopped } from '../replication/tell.ts';
import { HASTY, withReplication } from '../replication.ts';
import type { Run } from '../run.ts';
import { printable } from '../terminal/text.ts';
import { duration, moment } from '../terminal/times.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Shows how devices and namespaces stand: which devices answer, who is primary in which epoch, how far each replica lags behind, what was missing, extra or different when it was last compared, and the last and next run. Changes nothing. Exit code 2 when a replica differs or was never compared, 1 when a device can not be worked with, 4 when the manifest and the role record differ, a device missed a promotion, or two claim the same epoch.',
    'Roles are read from the devices; drift and lag come from the journal, with the time of the comparison. --fresh compares now, which costs each device one pass over its store.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest.' }],
  options: { ...ALL_SCOPE_OPTIONS, fresh: { help: 'Compare the devices now.' } },
  examples: [
    ['status site.nethsm.yaml', 'by the last comparison'],
    ['status site.nethsm.yaml --fresh --json', 'as it is now, for monitoring'],
  ],
  async run(run, values, [file = '']) {
    const loaded = await loadManifest(run, file);
    return withReplication(
      run,
      loaded,
      chosenNamespaces(loaded, values),
      async (ctx, policies) => {
        // All at once, so that a dead site is waited for once. A comparison is work: one namespace after the other.
        const look = (policy: Policy): Promise<NamespaceStatus> =>
          namespaceStatus(ctx, policy, { fresh: values.fresh });
        const early = values.fresh ? undefined : inAdvance(policies, look);
        const devices = await lookAtDevices(ctx, policies);
        tellDevices(run, devices);
        const each = await forEachNamespace(run, policies, async (policy): Promise<[string, NamespaceStatus]> => {
          const status = await (early?.get(policy) ?? look(policy));
          tellNamespace(run, policy, status, ctx.clock.now());
          return [policy.namespace, status];
        });
        const namespaces = Object.fromEntries(each.results);
        run.answer({ devices, namespaces, ...problemsJson(each) });
        return exitOf(each, exitCode(Object.values(devices), Object.values(namespaces)));
      },
      { limits: values.fresh ? { health: HASTY.health } : HASTY },
    );
  },
});

function exitCode(devices: readonly DeviceStatus[], namespaces: readonly NamespaceStatus[]): ExitCode {
  if (namespaces.some(isStopped)) return EXIT.refused;
  if (devices.some((device) => !isWell(device))) return EXIT.failed;
  const replicas = namespaces.flatMap((status) => Object.values(status.replicas));
  const differs = ({ comparedAt, missing, extra, differs, conflicts }: ReplicaStatus): boolean =>
    comparedAt === null || [missing, extra, differs, conflicts].some((figure) => (figure ?? 0) > 0);
  return replicas.some(differs) || namespaces.some(({ alarms }) => alarms.length > 0) ? EXIT.drift : EXIT.done;
}

interface DeviceStatus {
  reachable: boolean;
  state?: string;
  release?: string;
  problem?: string;
}

async function lookAtDevices(ctx: Context, policies: readonly Policy[]): Promise<Record<string, DeviceStatus>> {
  const names = [...new Set(policies.flatMap(devicesOf))];
  const looks = await Promise.all(names.map((name) => lookAt(ctx, ctx.session(name))));
  return Object.fromEntries(names.map((name, i) => [name, looks[i] as DeviceStatus]));
}

async function lookAt(ctx: Context, session: Session): Promise<DeviceStatus> {
  const found: DeviceStatus = { reachable: false };
  try {
    found.state = await readState(session.node, ctx);
    found.reachable = true;
    if (found.state !== 'Operational') return found;
    found.release = (await systemInfo(session.node, await session.administrator(), ctx)).softwareVersion;
    return found;
  } catch (error) {
    if (!isProblem(error) || error.kind === 'cancelled') throw error;
    return { ...found, problem: error.reason };
  }
}

const isWell = ({ state, problem }: DeviceStatus): boolean => state === 'Operational' && problem === undefined;

function tellDevices(run: Run, devices: Record<string, DeviceStatus>): void {
  const { style } = run;
  for (const [name, device] of Object.entries(devices)) {
    const { state, release, problem } = device;
    const text = [state, release === undefined ? '' : `release ${release}`, problem].filter(Boolean).join(', ');
    run.table(`${isWell(device) ? style.green('✓') : style.red('✗')} ${printable(name).padEnd(14)} ${printable(text)}`);
  }
}

function tellNamespace(run: Run, policy: Policy, status: NamespaceStatus, now: number): void {
  const { style } = run;
  // Whatever was last compared: of one that is away, or not as it should be, nobody knows what it has now.
  const isInDoubt = (device: string): boolean =>
    device in status.outOfReach || status.alarms.some((alarm) => alarm.device === device);
  const head =
    status.epoch === 0
      ? 'never synchronised'
      : `epoch ${status.epoch}, primary ${status.primaries.map(printable).join(', ') || 'unknown'}`;
  run.say(
    `${style.bold(printable(namespaceTitle(policy.namespace)))}: ${head}${status.paused === null ? '' : style.yellow(`, paused by ${printable(status.paused.by)} since ${moment(status.paused.at)}`)}`,
    ...Object.entries(status.replicas).map(
      ([device, replica]) => `  ${replicaLine(run, device, replica, now, isInDoubt(device))}`,
    ),
    ...Object.entries(status.outOfReach).map(
      ([device, { since, reason }]) =>
        `  ${style.red('✗')} ${printable(device)}${since === null ? '' : ` since ${moment(since)}`}: ${printable(reason)}`,
    ),
    ...attention(run, { alarms: status.alarms, conflicts: [], held: [] }),
  );
}

function replicaLine(run: Run, device: string, replica: ReplicaStatus, now: number, isInDoubt: boolean): string {
  const { style } = run;
  const figures = [
    [replica.missing, 'missing'],
    [replica.extra, 'extra'],
    [replica.differs, 'different'],
    [replica.conflicts, 'in conflict'],
  ] as const;
  const drift = figures.filter(([figure]) => (figure ?? 0) > 0).map(([figure, word]) => `${figure} ${word}`);
  const compared =
    replica.comparedAt === null ? 'never compared' : `compared ${duration(Math.max(0, now - replica.comparedAt))} ago`;
  const state =
    replica.comparedAt === null || (drift.length === 0 && isInDoubt)
      ? ''
      : drift.length === 0
        ? style.green('in step, ')
        : style.yellow(`${drift.join(', ')}, `);
  const lag = replica.lag === null ? 'lag unknown' : `lag at most ${duration(replica.lag)}`;
  const last = replica.lastRun;
  const failed =
    last !== null && !last.ok
      ? style.red(`, last run failed${last.problem === undefined ? '' : `: ${printable(last.problem)}`}`)
      : '';
  const next = replica.nextRun === null ? '' : `, next run ${moment(replica.nextRun)}`;
  return `${printable(device).padEnd(14)} ${state}${compared}, ${lag}${failed}${next}`;
}
