import { namespaceTitle, ROOT } from '../../names.ts';
import { Problem } from '../../problem.ts';
import { devicesOf, type Policy } from '../policy.ts';
import type { DeviceRole, RoleView } from '../roles/read-roles.ts';
import type { PlanInput } from './input.ts';
import { isSetBack } from './link-rules.ts';
import type { Alarm, Held, Step } from './plan.ts';

/** What the role records come to, before any key is looked at. */
export interface RolePlan {
  /** To establish or bring records: before everything else. */
  steps: Step[];
  alarms: Alarm[];
  held: Held[];
  /** Devices that nothing is copied onto or from. */
  blocked: ReadonlySet<string>;
}

/**
 * Judges who may copy onto whom. Throws a Problem `refused` where the manifest names another primary than the ruling
 * record: a manifest moves nothing.
 */
export function planRoles(input: PlanInput): RolePlan {
  const { policy, roles } = input;
  const ruling = [...roles.devices.values()].filter(({ record }) => record?.epoch === roles.epoch);
  if (roles.splitBrain || new Set(ruling.map(({ record }) => record?.nonce)).size > 1) return splitBrain(input, ruling);
  if (roles.epoch === 0) return establish(input);
  if (ruling.length === 0) return lostRecord(input);
  requireSamePrimaries(policy, roles);
  const plan: RolePlan = { steps: [], alarms: [], held: [], blocked: new Set() };
  const blocked = new Set<string>();
  for (const device of devicesOf(policy)) {
    const role = roles.devices.get(device);
    if (!isUsable(role) || role.record?.epoch === roles.epoch) continue;
    if (policy.sites.kind === 'one-way' && role.record?.primaries.includes(device)) {
      blocked.add(device);
      plan.alarms.push(olderEpoch(policy, role, roles));
    } else if (!isPrimarySetBack(device, input)) {
      plan.steps.push({ kind: 'record', namespace: policy.namespace, device, epoch: roles.epoch });
    }
  }
  return { ...plan, blocked };
}

const isUsable = (role: DeviceRole | undefined): role is DeviceRole =>
  role?.reachable === true && role.problem === undefined;

/** A primary without its record that lost what it had: what it holds is not what the others followed. A person decides. */
const isPrimarySetBack = (device: string, { roles, observations }: PlanInput): boolean =>
  roles.primaries.includes(device) &&
  observations.some(({ left, right }) => [left, right].some((view) => view.device === device && isSetBack(view)));

/**
 * A first run claims epoch 1, and only when every device says that there was none before. Never for a primary on which
 * nobody but us could write, while the keepers are on a device that would be locked.
 */
function establish({ policy, roles }: PlanInput): RolePlan {
  const { namespace } = policy;
  const devices = devicesOf(policy);
  const away = devices.filter((device) => !isUsable(roles.devices.get(device)));
  if (away.length > 0) {
    const reason = `no role record is known yet, and ${away.join(', ')} can not be asked: the first run needs all devices`;
    const held = away.map((device) => ({ namespace, device, ids: [], reason }));
    return { steps: [], alarms: [], held, blocked: new Set(devices) };
  }
  const [first = '', ...others] = devices;
  const keepersOn = (device: string): number => roles.devices.get(device)?.keepers.length ?? 0;
  const kept = others.filter((device) => keepersOn(device) > 0);
  if (policy.sites.kind === 'one-way' && keepersOn(first) === 0 && kept.length > 0) {
    const reason = `no role record is known yet, and keepers are on ${kept.join(', ')} only, which would be locked: look whether the manifest names the right primary, or bring the keepers onto ${first} first (break-glass)`;
    return { steps: [], alarms: [], held: [{ namespace, device: first, ids: [], reason }], blocked: new Set(devices) };
  }
  const primaries = manifestPrimaries(policy);
  const records = others.map((device): Step => ({ kind: 'record', namespace, device, epoch: 1 }));
  const steps: Step[] = [{ kind: 'establish', namespace, device: first, primaries }, ...records];
  return { steps, alarms: [], held: [], blocked: new Set() };
}

function splitBrain({ policy, roles }: PlanInput, ruling: readonly DeviceRole[]): RolePlan {
  const claims = ruling.map(
    ({ device, record }) => `${device} says ${record?.primaries.join(', ')} (by ${record?.by} at ${record?.at})`,
  );
  const text = `epoch ${roles.epoch} was claimed twice: ${claims.join('; ')}${ruling.length > 1 ? '' : ', the journal knows another claim'}`;
  const remedy = `Nothing is copied until you choose: compare with diff, then promote the device that is to rule, and rejoin the other`;
  return {
    steps: [],
    alarms: ruling.map(({ device }) => ({ namespace: policy.namespace, device, kind: 'split-brain', text, remedy })),
    held: [],
    blocked: new Set(devicesOf(policy)),
  };
}

/** The journal knows a higher epoch than any device that answers: they went back in time, or the one that rules is away. */
function lostRecord({ policy, roles }: PlanInput): RolePlan {
  const alarms = devicesOf(policy).flatMap((device): Alarm[] => {
    const role = roles.devices.get(device);
    return isUsable(role) ? [olderEpoch(policy, role, roles)] : [];
  });
  return { steps: [], alarms, held: [], blocked: new Set(devicesOf(policy)) };
}

function olderEpoch({ namespace }: Policy, { device, record }: DeviceRole, roles: RoleView): Alarm {
  const rules =
    roles.primaries.length > 0 ? `epoch ${roles.epoch}, primary ${roles.primaries.join(', ')}` : `epoch ${roles.epoch}`;
  const own = record === undefined ? 'has no role record' : `is in epoch ${record.epoch}, primary ${record.primaries}`;
  return {
    namespace,
    device,
    kind: 'older-epoch',
    text: `${device} ${own}; ${rules} rules. Nothing is copied onto it or from it`,
    remedy: roles.primaries.includes(device)
      ? `It went back in time: \`promote --namespace ${namespaceTitle(namespace)} --device ${device}\` takes it as it is; for another device use --failover`
      : roles.primaries.length > 0
        ? `Bring it back with \`rejoin --namespace ${namespaceTitle(namespace)} --device ${device}\``
        : 'Wait for the device that holds the record, or promote one of those that answer',
  };
}

const manifestPrimaries = ({ sites }: Policy): readonly string[] =>
  sites.kind === 'one-way' ? [sites.primary] : sites.sites.map(({ device }) => device).sort();

function requireSamePrimaries(policy: Policy, { epoch, primaries }: RoleView): void {
  const wanted = manifestPrimaries(policy).join(', ');
  const ruling = [...primaries].sort().join(', ');
  if (wanted === ruling) return;
  const title = namespaceTitle(policy.namespace);
  const option = policy.namespace === ROOT ? '--root' : `--namespace ${title}`;
  throw new Problem({
    kind: 'refused',
    place: `namespace ${title}`,
    cause: `the manifest says primary ${wanted}, the role record on the devices says ${ruling} (epoch ${epoch})`,
    remedy: `Make the manifest say ${ruling}, or move the role with \`promote ${option} --device ${manifestPrimaries(policy)[0]}\``,
  });
}
