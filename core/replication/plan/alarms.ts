import { namespaceTitle, ROOT } from '../../names.ts';
import type { Policy } from '../policy.ts';
import type { RoleView } from '../roles/read-roles.ts';
import type { LinkObservation, SideView } from './input.ts';
import { isSetBack } from './link-rules.ts';
import type { Alarm, Step } from './plan.ts';
import type { Proposal } from './proposal.ts';

/** Devices that lost what they had. */
export function restoredAlarms(views: Iterable<SideView>, { namespace, sites }: Policy): Alarm[] {
  return [...views].filter(isSetBack).map(({ device, judgement }) => {
    const isPrimary = sites.kind === 'one-way' && device === sites.primary;
    return {
      namespace,
      device,
      kind: 'restored',
      text:
        judgement === 'remade'
          ? `${namespaceTitle(namespace)} was deleted and made anew on ${device}: what is not there was not deleted key by key`
          : `${device} was restored from an older state: its mark is gone or older than the one we wrote`,
      remedy: isPrimary
        ? `New keys still go from it to the replicas, nothing else does. Compare with diff, then promote the device whose state is right`
        : 'Nothing is deleted because of it. Look for keys that came back with it',
    };
  });
}

/** The alarm of a link whose devices can't read each other's sealed entries; undefined where they can, or needn't. */
export function domainAlarm(
  { left, right }: LinkObservation,
  { namespace, sites, transfer }: Policy,
): Alarm | undefined {
  if (left.domain === right.domain || transfer === 'import') return undefined;
  const device = sites.kind === 'one-way' && right.device === sites.primary ? left.device : right.device;
  const other = device === left.device ? right.device : left.device;
  return {
    namespace,
    device,
    kind: 'wrong-domain',
    text: `${device} has another Domain Key than ${other}: neither can open what the other sealed`,
    remedy: `Pair it (\`pair --from ${other} --to ${device}\`), or say \`transfer: import\``,
  };
}

/**
 * Keepers on replicas: to be locked out, or the alarm that they can't be, or that they are back. The last device with keepers
 * is never locked. The root has no lock.
 */
export function planLocks(
  views: Iterable<SideView>,
  policy: Policy,
  roles: RoleView,
): { steps: Step[]; alarms: Alarm[] } {
  const { namespace, sites, backups } = policy;
  const steps: Step[] = [];
  const alarms: Alarm[] = [];
  if (sites.kind === 'two-way' || namespace === ROOT) return { steps, alarms };
  for (const { device, lockedBefore } of views) {
    const users = [...(roles.devices.get(device)?.keepers ?? [])].sort();
    if (!sites.replicas.includes(device) || users.length === 0) continue;
    const who = `${users.slice(0, 5).join(', ')}${users.length > 5 ? ', …' : ''}`;
    if (lockedBefore) {
      alarms.push({
        namespace,
        device,
        kind: 'keeper-back',
        text: `${who} can write on the replica ${device} again, after we had removed all N-Administrators but ours`,
        remedy: 'Find out who brought them back: a restore, or an R-Administrator who made the namespace anew',
      });
    }
    if (roles.devices.get(sites.primary)?.keepers.length === 0) {
      alarms.push({
        namespace,
        device,
        kind: 'not-locked',
        text: `the replica ${device} can be changed by ${who}, and is not locked as long as the primary ${sites.primary} has no keeper: nobody could write any more`,
        remedy: `Bring keepers onto ${sites.primary} (\`promote --device ${sites.primary}\` or break-glass), or promote ${device}`,
      });
    } else if (backups !== undefined) steps.push({ kind: 'lock', namespace, device, users });
    else {
      alarms.push({
        namespace,
        device,
        kind: 'not-locked',
        text: `the replica ${device} can be changed by ${who}: without a second place for their archive they are not removed`,
        remedy: `Add \`backups.directory\` to ${namespaceTitle(namespace)} in the manifest`,
      });
    }
  }
  return { steps, alarms };
}

/** New keys whose ids belong to the site that they are copied onto: somebody made them at the wrong site. */
export function ownershipAlarms(proposals: readonly Proposal[], { namespace, sites }: Policy): Alarm[] {
  if (sites.kind === 'one-way') return [];
  return sites.sites.flatMap(({ device: owner, owns }) => {
    const strays = proposals.filter(
      ({ kind, device, id }) => kind === 'create' && device === owner && owns(id as never),
    );
    return [...new Set(strays.map(({ from }) => from))].sort().map((from): Alarm => {
      const ids = strays.filter((one) => one.from === from).map(({ id }) => id);
      const some = `${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ', …' : ''}`;
      return {
        namespace,
        device: from,
        kind: 'owned-elsewhere',
        text: `${ids.length} new on ${from} with ids that ${owner} owns: ${some}`,
        remedy: `They are copied all the same. Make such keys on ${owner} only: two keys of one id made at once would clash`,
      };
    });
  });
}
