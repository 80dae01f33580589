import { namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
import type { Step } from '../plan/plan.ts';
import { claimEpoch, copyRecord } from '../roles/claim.ts';
import { wasArchived } from '../roles/keepers-places.ts';
import { lockReplica } from '../roles/lock.ts';
import { wasLocked } from '../roles/lock-step.ts';
import { readRoles } from '../roles/read-roles.ts';
import { type RoleRecord, recordTime } from '../roles/record.ts';
import type { StepFigures } from './report.ts';
import type { Run } from './run.ts';

type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>;

const ONE: StepFigures = { asked: 1, done: 1, verified: 1 };

/** Claims the first epoch of a namespace. From here on the plan's premises are those of the new record. */
export async function establishRoles(run: Run, { device, primaries }: StepOf<'establish'>): Promise<StepFigures> {
  const { ctx, policy, premises } = run;
  const record: RoleRecord = {
    epoch: 1,
    primaries: [...primaries],
    at: recordTime(ctx.clock.now()),
    by: ctx.controller,
    nonce: ctx.random(8).toString('hex'),
  };
  if (!(await claimEpoch(ctx, ctx.session(device), policy, record))) {
    throw new Problem({
      kind: 'refused',
      place: device,
      cause: `somebody else claimed the first epoch of ${namespaceTitle(policy.namespace)} at the same time`,
      remedy: 'Look at roles, then run this again',
    });
  }
  premises.epoch = record.epoch;
  premises.nonce = record.nonce;
  return ONE;
}

/** Brings the record that rules onto a device that lacks it. */
export async function bringRecord({ ctx, policy }: Run, { device, epoch }: StepOf<'record'>): Promise<StepFigures> {
  const roles = await readRoles(ctx, policy);
  const record = [...roles.devices.values()].map((role) => role.record).find((one) => one?.epoch === epoch);
  if (record === undefined || roles.splitBrain) {
    throw new Problem({
      kind: 'refused',
      place: device,
      cause: `no device that answers holds the role record of epoch ${epoch} of ${namespaceTitle(policy.namespace)}`,
      remedy: 'Look at roles, then run this again',
    });
  }
  await copyRecord(ctx, ctx.session(device), policy, record);
  return ONE;
}

/** Removes the keepers of a replica, archived at two places before. */
export async function lockStep({ ctx, policy }: Run, { device, users }: StepOf<'lock'>): Promise<StepFigures> {
  const hadLeft = wasLocked(ctx.journal, policy.namespace, device) || (await wasArchived(ctx, policy, device));
  const { removed } = await lockReplica(ctx, ctx.session(device), policy, hadLeft ? 'returned' : 'all');
  return { asked: users.length, done: removed.length, verified: users.length };
}
