import { compareIds } from '../../inventory/item.ts';
import type { KeyId } from '../../names.ts';
import { devicesOf } from '../policy.ts';
import { domainAlarm, ownershipAlarms, planLocks, restoredAlarms } from './alarms.ts';
import { cohere } from './cohere.ts';
import { limitTogether } from './deletions.ts';
import type { LinkObservation, PlanInput, SideView } from './input.ts';
import type { Held, NamespacePlan, Premises } from './plan.ts';
import { planLink } from './plan-link.ts';
import type { LinkPlan } from './proposal.ts';
import { planRoles } from './roles.ts';
import { inOrder, standInSteps, stepsOf } from './steps.ts';

/**
 * What is to be done in a namespace, from what was observed: pure, so the same input gives the same plan. Throws a
 * Problem `refused` where the manifest names another primary than the devices' role record.
 */
export function planNamespace(input: PlanInput): NamespacePlan {
  const { policy, roles, observations } = input;
  const { namespace } = policy;
  const rolePlan = planRoles(input);
  const links = linksToPlan(input, rolePlan.blocked);
  const domainAlarms = links.map((link) => domainAlarm(link, policy)).filter((alarm) => alarm !== undefined);
  const open = links.filter((link) => domainAlarm(link, policy) === undefined);
  const plans = open.map((link) => planLink(link, policy, roles));
  const { proposals, held } =
    policy.sites.kind === 'two-way' ? limitTogether(cohere(plans), policy, keysOf(open)) : together(plans);
  const locks = planLocks(viewsOf(open).values(), policy, roles);
  return {
    namespace,
    premises: premisesOf(input),
    steps: inOrder([
      ...rolePlan.steps,
      ...standInSteps(open, namespace),
      ...stepsOf(proposals, namespace),
      ...locks.steps,
    ]),
    conflicts: plans.flatMap(({ conflicts }) => conflicts.map(({ conflict }) => conflict)),
    held: [...rolePlan.held, ...gatherHeld(held, input)],
    alarms: [
      ...rolePlan.alarms,
      ...restoredAlarms(viewsOf(observations).values(), policy),
      ...domainAlarms,
      ...locks.alarms,
      ...ownershipAlarms(proposals, policy),
    ],
    same: observations.reduce((sum, { same }) => sum + same, 0),
    extra: extraOf(plans),
  };
}

/** Replicas of one primary don't touch each other. */
const together = (plans: readonly LinkPlan[]): Pick<LinkPlan, 'proposals' | 'held'> => ({
  proposals: plans.flatMap(({ proposals }) => proposals),
  held: plans.flatMap(({ held }) => held),
});

/** In a fixed order, whatever order they were observed in; of a one-way policy only those that the primary is part of. */
function linksToPlan({ policy, observations }: PlanInput, blocked: ReadonlySet<string>): LinkObservation[] {
  const { sites } = policy;
  const devices = new Set(devicesOf(policy));
  return observations
    .filter(({ link: { left, right } }) => devices.has(left) && devices.has(right))
    .filter(({ link: { left, right } }) => !blocked.has(left) && !blocked.has(right))
    .filter(
      ({ link: { left, right } }) => sites.kind === 'two-way' || left === sites.primary || right === sites.primary,
    )
    .sort((a, b) => compareIds(a.link.left, b.link.left) || compareIds(a.link.right, b.link.right));
}

const viewsOf = (observations: readonly LinkObservation[]): Map<string, SideView> =>
  new Map(observations.flatMap(({ left, right }) => [left, right]).map((view) => [view.device, view]));

const keysOf = (observations: readonly LinkObservation[]): Map<string, number> =>
  new Map([...viewsOf(observations).values()].map(({ device, keys }) => [device, keys]));

function premisesOf({ roles, observations }: PlanInput): Premises {
  const devices = [...viewsOf(observations).values()].map(({ device, domain, deviceIds, mark }) => {
    const { generation = 0, nonce = '' } = mark ?? {};
    return [device, { domain, deviceIds, generation, markNonce: nonce }];
  });
  return { epoch: roles.epoch, nonce: roles.nonce, devices: Object.fromEntries(devices) };
}

/** What is held for one reason on one device, together. */
function gatherHeld(held: LinkPlan['held'], { policy }: PlanInput): Held[] {
  const groups = new Map<string, Omit<LinkPlan['held'][number], 'id'> & { ids: Set<string> }>();
  for (const { id, ...rest } of held) {
    const group = groups.get(`${rest.device} ${rest.reason}`) ?? { ...rest, ids: new Set() };
    group.ids.add(id);
    groups.set(`${rest.device} ${rest.reason}`, group);
  }
  return [...groups.values()].map(({ ids, ...rest }) => ({
    namespace: policy.namespace,
    ...rest,
    ids: [...ids].sort(compareIds),
  }));
}

function extraOf(plans: readonly LinkPlan[]): Record<string, KeyId[]> {
  const extra = new Map<string, Set<KeyId>>();
  for (const { device, id } of plans.flatMap((plan) => plan.extra)) {
    extra.set(device, (extra.get(device) ?? new Set()).add(id));
  }
  return Object.fromEntries([...extra].map(([device, ids]) => [device, [...ids]]));
}
