import type { Problem } from '../../problem.ts';
import type { Context } from '../context.ts';
import type { Link } from '../journal/journal.ts';
import type { ObservedLink } from '../observe/observe-link.ts';
import type { NamespacePlan } from '../plan/plan.ts';
import { devicesOf, type Policy } from '../policy.ts';
import { leftOver } from './left-over.ts';
import type { SyncReport } from './report.ts';

/** A run as far as its record needs it. */
interface RunOf {
  plan: NamespacePlan;
  observations: readonly ObservedLink[];
  startedAt: number;
}

/** Writes down of every link that was looked at how the run went, for status and schedules. */
export function noteRuns(
  { journal, clock, controller }: Context,
  policy: Policy,
  { plan, observations, startedAt }: RunOf,
  report: SyncReport | undefined,
  problem?: Problem,
): void {
  // What was found stays found where nothing could be done.
  const { conflicts, held } = report ?? plan;
  for (const observed of observations) {
    const { link } = observed;
    const figures = figuresOf(link, report);
    const why = problem?.message ?? report?.stopped ?? figures.problem;
    const inSyncAt = isInSync(policy, observed, report) ? seenAt(policy, observed) : journal.lastRun(link)?.inSyncAt;
    journal.putRun(link, {
      startedAt,
      endedAt: clock.now(),
      by: controller,
      ok: why === undefined && figures.asked === figures.verified,
      asked: figures.asked,
      done: figures.done,
      verified: figures.verified,
      conflicts: conflicts.filter(({ devices }) => devices.every((device) => isOn(link, device))).length,
      held: held.filter(({ device }) => isOn(link, device)).length,
      ...(why !== undefined && { problem: why }),
      ...(inSyncAt !== undefined && { inSyncAt }),
      left: leftOver(plan, report?.steps ?? plan.steps, link, followerOf(policy, link)),
    });
  }
}

/** Writes down of links that nothing could be compared, and why. */
export function noteFailure(
  { journal, clock, controller }: Context,
  links: readonly Link[],
  startedAt: number,
  problem: Pick<Problem, 'message'>,
): void {
  for (const link of links) {
    const { inSyncAt, left } = journal.lastRun(link) ?? {};
    journal.putRun(link, {
      startedAt,
      endedAt: clock.now(),
      by: controller,
      ok: false,
      ...{ asked: 0, done: 0, verified: 0, conflicts: left?.conflicts ?? 0, held: 0 },
      problem: problem.message,
      ...(inSyncAt !== undefined && { inSyncAt }),
      ...(left !== undefined && { left }),
    });
  }
}

/** The replica of a link; between two that write, the one that the manifest names later. */
export function followerOf(policy: Policy, { left, right }: Link): string {
  const devices = devicesOf(policy);
  return devices.indexOf(left) > devices.indexOf(right) ? left : right;
}

const isOn = ({ left, right }: Link, device: string): boolean => device === left || device === right;

function figuresOf(link: Link, report: SyncReport | undefined) {
  const figures: { asked: number; done: number; verified: number; problem?: string } = {
    asked: 0,
    done: 0,
    verified: 0,
  };
  for (const step of report?.steps ?? []) {
    if (!isOn(link, step.device) || ('from' in step && !isOn(link, step.from))) continue;
    figures.asked += step.asked;
    figures.done += step.done;
    figures.verified += step.verified;
    if (step.problem !== undefined) figures.problem ??= step.problem;
  }
  return figures;
}

/** Whether all that the manifest wants of a link is so, as of the look. */
function isInSync({ deletions }: Policy, { link, moved }: ObservedLink, report: SyncReport | undefined): boolean {
  if (report === undefined || report.stopped !== undefined || moved > 0) return false;
  const { asked, verified, problem } = figuresOf(link, report);
  if (problem !== undefined || verified < asked) return false;
  if (report.conflicts.some(({ devices }) => devices.every((device) => isOn(link, device)))) return false;
  return deletions === 'keep' || !report.held.some(({ device, ids }) => ids.length > 0 && isOn(link, device));
}

/** When the listing of the primary began; of two that write, the earlier one. */
function seenAt({ sites }: Policy, { looks, link }: ObservedLink): number {
  if (sites.kind === 'two-way') return Math.min(looks.left.at, looks.right.at);
  return link.left === sites.primary ? looks.left.at : looks.right.at;
}
