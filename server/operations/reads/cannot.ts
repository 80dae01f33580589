import type { Policy } from '../../../core/replication/policy.ts';
import type { RoleView } from '../../../core/replication/roles/read-roles.ts';
import type { Cannot, CommandName, DeviceState } from '../protocol.ts';

/** What is known of a namespace when somebody wants to do something with it. */
export interface Situation {
  trusted: boolean;
  policy: Policy;
  primaries: readonly string[];
  roles: RoleView | undefined;
  stateOf(device: string): DeviceState;
  busy: string | undefined;
  isPaused: boolean;
}

const UNTRUSTED = 'The workspace is not trusted, so nothing connects to a device';
const CHANGES: CommandName[] = ['synchronise', 'switchover', 'failover', 'rejoin', 'breakGlass', 'resolve'];
const READS: CommandName[] = ['diff', 'plan', 'backUpNamespace', 'backUpKey'];
const WRITES: CommandName[] = ['restoreNamespace', 'restoreKey', 'copyKeys'];

const all = (commands: readonly CommandName[], reason: string): Cannot =>
  Object.fromEntries(commands.map((command) => [command, reason]));

/** Why a device can't be worked with, as far as known; undefined when it can, or nobody looked. */
export function whyNot(device: string, state: DeviceState): string | undefined {
  if (state === 'Operational' || state === 'unknown' || state === 'connecting') return undefined;
  if (state === 'unreachable') return `${device} is out of reach`;
  if (state === 'untrusted') return `${device} was not confirmed yet`;
  return `${device} is ${state}`;
}

/** What can't be done with a namespace as a whole. */
export function namespaceCannot(situation: Situation): Cannot {
  const { trusted, policy, primaries, roles, stateOf, busy, isPaused } = situation;
  if (!trusted) return all([...CHANGES, ...READS, ...WRITES, 'pause', 'resume'], UNTRUSTED);
  const ill = primaries.map((device) => whyNot(device, stateOf(device))).find((reason) => reason !== undefined);
  return {
    ...(ill !== undefined && all([...READS, 'synchronise', 'switchover', 'copyKeys'], ill)),
    ...(roles?.splitBrain &&
      all(['synchronise', 'switchover', 'rejoin'], `Epoch ${roles.epoch} was claimed twice: a person must choose`)),
    ...(policy.sites.kind === 'two-way' && all(['switchover', 'failover', 'rejoin'], 'All its sites are primaries')),
    ...(policy.transfer === 'import' &&
      all(['copyKeys', 'synchronise'], 'Its keys travel by import, which only the command line does')),
    ...(busy !== undefined && all([...CHANGES, 'copyKeys', 'restoreNamespace', 'restoreKey'], busy)),
    ...(isPaused ? { pause: 'It is paused' } : { resume: 'It is not paused' }),
    ...(roles?.epoch === 0 &&
      all(['switchover', 'failover'], 'It was never synchronised, so no device has a record of its primary yet')),
  };
}

/** What can't be done with a namespace on one of its devices. */
export function namespaceDeviceCannot(situation: Situation, device: string): Cannot {
  const { trusted, primaries, roles, stateOf } = situation;
  const general = namespaceCannot(situation);
  if (!trusted) return general;
  const ill = whyNot(device, stateOf(device));
  const [primary = ''] = primaries;
  const isPrimary = primaries.includes(device);
  const own = roles?.devices.get(device)?.record?.epoch;
  const answers = stateOf(primary) === 'Operational' && roles?.devices.get(primary)?.problem === undefined;
  return {
    ...general,
    ...(isPrimary
      ? all(['switchover', 'failover'], `${device} is its primary already`)
      : answers && all(['failover'], `${primary}, its primary, answers: a switchover loses nothing`)),
    ...(isPrimary && ill === undefined && { diff: 'It is what the others are compared with' }),
    ...((own === undefined || own >= (roles?.epoch ?? 0)) && {
      rejoin: `${device} is not behind: its record is of the ruling epoch`,
    }),
    ...(ill !== undefined && all([...READS, ...WRITES, 'switchover', 'failover', 'rejoin', 'breakGlass'], ill)),
  };
}

/** What can't be done with a device. */
export function deviceCannot(trusted: boolean, device: string, state: DeviceState): Cannot {
  if (!trusted) return all(['pair', 'doctor'], UNTRUSTED);
  return state === 'unreachable' ? all(['pair'], `${device} is out of reach`) : {};
}
