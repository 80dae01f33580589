import { systemInfo } from '../../device/info.ts';
import { deleteUser, getUser } from '../../device/users.ts';
import { type UserName, userId } from '../../names.ts';
import { isProblem } from '../../problem.ts';
import { deliver } from '../../transfer/deliver.ts';
import { prepareTarget } from '../../transfer/prepare-target.ts';
import { type SealedEntry, sealedUser } from '../../transfer/sealed-entry.ts';
import { sealedDigest } from '../digests.ts';
import { type Base, linkOf } from '../journal/journal.ts';
import { baseOf } from '../observe/base-facts.ts';
import { userBaseId } from '../observe/user-triples.ts';
import type { Step } from '../plan/plan.ts';
import type { StepOutcome } from './report.ts';
import type { Run } from './run.ts';
import { readSealed } from './source-values.ts';
import { noteTakenOut } from './taken-out.ts';

type UsersStep = Extract<Step, { kind: 'users' }>;

/**
 * Operators follow: their sealed entries are appended, also over changed ones, which replaces such a user whole; gone ones are
 * deleted. What somebody changes of the same user on the target at that very moment is lost.
 */
export async function carryUsers(run: Run, step: UsersStep): Promise<StepOutcome> {
  const { learnt, policy } = run;
  const link = linkOf(policy.namespace, step.from, step.device);
  const figures: StepOutcome = {
    asked: step.create.length + step.replace.length + step.delete.length,
    done: 0,
    verified: 0,
  };
  await archiveUsers(run, step);
  const bases = await bringUsers(run, step, figures);
  const gone = figures.stops ? [] : await dropUsers(run, step, figures);
  learnt.push({ link, bases, gone });
  return figures;
}

/** Keeps the sealed entries of users that are about to be replaced or deleted. */
async function archiveUsers(
  { ctx, policy, plan }: Run,
  { device, from, replace, delete: gone }: UsersStep,
): Promise<void> {
  const { namespace } = policy;
  if (replace.length + gone.length === 0) return;
  const expected = plan.premises.devices[device]?.domain;
  const { users, domain } = await readSealed(
    ctx,
    namespace,
    device,
    new Set(),
    new Set([...replace, ...gone]),
    expected,
  );
  for (const [name, value] of users) {
    const reason = replace.includes(name) ? `replaced by the user of ${from}` : `deleted on ${from}`;
    ctx.journal.archiveValue({ namespace, device, id: userBaseId(name), at: ctx.clock.now(), domain, reason, value });
  }
}

async function bringUsers(run: Run, step: UsersStep, figures: StepOutcome): Promise<Base[]> {
  const { ctx, policy, plan, values } = run;
  const { from, device, create, replace } = step;
  const names = [...create, ...replace];
  if (names.length === 0) return [];
  const { users } = await values.of(from);
  const entries = names.flatMap((name): SealedEntry[] => {
    const value = users.get(name);
    return value === undefined ? [] : [sealedUser(policy.namespace, name, value)];
  });
  const source = ctx.session(from);
  const { softwareVersion } = await systemInfo(source.node, await source.administrator(), ctx);
  const origin = { place: from, domain: plan.premises.devices[from]?.domain ?? '', release: softwareVersion };
  const { target, report } = await prepareTarget(ctx.session(device), policy.namespace, origin, ctx);
  report.asked = report.users = entries.length;
  await run.check();
  async function* batches(): AsyncGenerator<SealedEntry[]> {
    yield entries;
  }
  await deliver(target, { origin, entries: batches, replaced: new Set(replace) }, report, ctx);
  figures.done += report.done;
  figures.verified += report.verified;
  const [left] = [...report.failed, ...report.conflicts];
  const problem = report.stopped ?? (left && `${left.id}: ${left.reason}`);
  if (problem !== undefined) {
    figures.problem = problem;
    figures.stops = report.stopped !== undefined;
    return [];
  }
  if (entries.length < names.length) figures.problem = `${names.length - entries.length} users went away on ${from}`;
  return names.flatMap((name) => {
    const value = users.get(name);
    if (value === undefined) return [];
    const sealed = sealedDigest(value);
    return [baseOf({ id: userBaseId(name), left: sealed, right: sealed })];
  });
}

async function dropUsers(run: Run, step: UsersStep, figures: StepOutcome): Promise<Base['id'][]> {
  const { ctx, policy } = run;
  const gone: Base['id'][] = [];
  for (const name of step.delete) {
    await run.check();
    const why = await dropUser(run, step, name);
    if (why !== undefined) {
      figures.problem ??= `user ${name}: ${why}`;
      continue;
    }
    figures.done += 1;
    figures.verified += 1;
    gone.push(userBaseId(name));
  }
  ctx.journal.dropBases(linkOf(policy.namespace, step.from, step.device), gone);
  return gone;
}

async function dropUser(
  { ctx, policy }: Run,
  { from, device }: UsersStep,
  name: UserName,
): Promise<string | undefined> {
  const id = userId(policy.namespace, name);
  const roleOn = async (where: string): Promise<string | undefined> => {
    const session = ctx.session(where);
    const credential = await session.namespaceAdministrator(policy.namespace);
    try {
      return (await getUser(session.node, credential, id, ctx)).role;
    } catch (error) {
      if (isProblem(error, 'not-found')) return undefined;
      throw error;
    }
  };
  if ((await roleOn(from)) !== undefined) return `is on ${from} again`;
  const role = await roleOn(device);
  if (role === undefined) return undefined;
  if (role !== 'Operator') return `is no Operator on ${device}`;
  noteTakenOut(ctx, linkOf(policy.namespace, from, device), device, userBaseId(name));
  const session = ctx.session(device);
  await deleteUser(session.node, await session.namespaceAdministrator(policy.namespace), id);
  return (await roleOn(device)) === undefined ? undefined : 'is still there';
}
