/** What is tried: the jobs that operators give the engine, and how they bring things in order at the end. */
import { parseKeyId } from '../../core/names.ts';
import type { Alarm, NamespacePlan } from '../../core/replication/plan/plan.ts';
import { withPrimary } from '../../core/replication/promote/candidate.ts';
import { failover } from '../../core/replication/promote/failover.ts';
import { rejoin } from '../../core/replication/promote/rejoin.ts';
import { switchover } from '../../core/replication/promote/switchover.ts';
import { resolveConflict } from '../../core/replication/resolve.ts';
import { planFor, syncNamespace } from '../../core/replication/sync.ts';
import type { Controller } from './controller.ts';
import { DEVICES, type DeviceName, type Sites } from './devices.ts';
import { type RoleNote, recordsIn } from './judge/content.ts';
import type { LastWord } from './judge/end.ts';
import { lacksKeepers, primaryOf } from './judge/keepers.ts';
import { judgeReport, judgeSwitchover } from './judge/reports.ts';
import { type Job, type Play, runOnce } from './simulate.ts';
import { streamUntil } from './streaming.ts';
import { hit, note, world } from './world/world.ts';

/** Runs at the end, until everything must be in order. */
export const LAST_RUNS = 14;

export const sync: Job = {
  name: 'sync',
  run: async ({ ctx, who }, play) => {
    const before = play.ledger.turn;
    const report = await syncNamespace(ctx, play.manifest);
    judgeReport(play, report, before, who);
    return report;
  },
};

export const other = (device: DeviceName): DeviceName => (device === 'oslo' ? 'bergen' : 'oslo');

export const switchTo = (device: DeviceName): Job => ({
  name: 'switchover',
  run: async ({ ctx }, play) => {
    // By the records: a failover that broke off may have made it primary already.
    const was = primaryOf(play.sites);
    const report = await switchover(ctx, play.manifest, device);
    play.manifest = withPrimary(play.manifest, device);
    // Where it was primary already, somebody else's failover came first.
    if (was !== undefined && report.fenced.includes(was)) judgeSwitchover(play, device);
    return report;
  },
});

export const failTo = (device: DeviceName): Job => ({
  name: 'failover',
  run: async ({ ctx }, play) => {
    play.ledger.failovers += 1;
    const report = await failover(ctx, play.manifest, device, { acceptLoss: true });
    play.manifest = withPrimary(play.manifest, device);
    return report;
  },
});

export const bringBack = (device: DeviceName): Job => ({
  name: 'rejoin',
  run: ({ ctx }, play) => rejoin(ctx, play.manifest, device),
});

const decide = (id: string, keep: DeviceName): Job => ({
  name: 'resolve',
  run: async ({ ctx }, play) => {
    play.ledger.resolved.set(id, keep);
    return resolveConflict(ctx, play.manifest, { id: parseKeyId(id), keep });
  },
});

export const ask: Job = { name: 'plan', run: ({ ctx }, play) => planFor(ctx, play.manifest) };

/** A controller, the first where none is named, does not reach a device for a while. */
export const cutOff = ({ weather, controllers }: Play, device: DeviceName, cut = controllers[0]): void =>
  void weather.partitions.set(`${cut?.name} ${device}`, world().now + 25_000);

/** What a person sees of the roles: the highest record of each device. */
export function recordsOf(sites: Sites): Record<DeviceName, RoleNote | undefined> {
  const of = (device: DeviceName): RoleNote | undefined =>
    recordsIn(sites[device].machine.store, sites[device].beginning.domainKey)[0];
  return { bergen: of('bergen'), oslo: of('oslo') };
}

/** What an operator has a process do in a round. */
export function choose({ story, manifest, sites }: Play): Job {
  const { driver } = world().chance;
  if (!story.promotes || manifest.sites.kind !== 'one-way' || driver.chance(0.5)) return sync;
  const primary = manifest.sites.primary as DeviceName;
  const records = recordsOf(sites);
  const old = DEVICES.find((device) => device !== primary && records[device]?.primaries.includes(device));
  if (old !== undefined && driver.chance(0.6)) return bringBack(old);
  return driver.chance(0.6) ? switchTo(other(primary)) : failTo(other(primary));
}

/** Plots that give the rounds no jobs of their own, or begin them elsewhere. */
const NO_JOBS: readonly Play['story']['plot'][] = ['none', 'liars', 'reset', 'streamed', 'exchanged'];

/** The jobs of a round that the story's plot wants: promotions on both sides of a partition, a run while an old primary is back. */
export function plotJobs(play: Play, round: number): Job[] | undefined {
  const {
    story: { plot },
    manifest,
    sites,
  } = play;
  if (plot === 'two runs') return [sync, sync];
  if (NO_JOBS.includes(plot)) return undefined;
  if (manifest.sites.kind !== 'one-way' || round === 0) return undefined;
  const primary = manifest.sites.primary as DeviceName;
  const next = other(primary);
  if (plot === 'busy switchover') return [switchTo(next)];
  if (plot === 'two heads' && round === 2) {
    // The device that became primary, and went back in time since, does not know of it; nor does whoever promotes it.
    cutOff(play, next);
    return [failTo(primary)];
  }
  if (plot === 'restored' || plot === 'emptied' || round > 1) return [sync];
  if (recordsOf(sites)[next] === undefined) return undefined;
  hit(`plot: ${plot}`);
  if (plot === 'two heads') return [switchTo(next)];
  // The first of them does not reach the primary.
  cutOff(play, primary);
  return [failTo(next), ...(plot === 'two promotions' ? [switchTo(next)] : [])];
}

/** A person puts things in order, one run at a time; gives what the engine says when it was asked how things are. */
export async function putInOrder(play: Play, controller: Controller, run: number): Promise<LastWord | undefined> {
  const { sites, story } = play;
  if (story.kind === 'one-way') {
    const roles = rolesJob(play, recordsOf(sites));
    if (roles !== undefined) await runOnce(play, controller, roles);
  }
  await runOnce(play, controller, story.endsByStream ? streamUntil(world().now + 60_000) : sync);
  const plan = (await runOnce(play, controller, ask)) as NamespacePlan | undefined;
  if (plan === undefined) return undefined;
  const isAlarmed = (kind: Alarm['kind'], device: DeviceName): boolean =>
    plan.alarms.some((alarm) => alarm.kind === kind && alarm.device === device);
  const isSplit = DEVICES.some((device) => isAlarmed('split-brain', device));
  if (run < LAST_RUNS - 6 && (isSplit || DEVICES.every((device) => isAlarmed('older-epoch', device)))) {
    // A claim that only the journal knows: its device went back in time.
    await runOnce(play, controller, failTo(primaryOf(sites) as DeviceName));
    return undefined;
  }
  const conflict = plan.conflicts.find(({ id }) => !id.startsWith('user '));
  if (run < LAST_RUNS - 6 && conflict !== undefined && !play.ledger.resolved.has(conflict.id)) {
    await runOnce(play, controller, decide(conflict.id, world().chance.driver.pick(DEVICES)));
    return undefined;
  }
  if (story.promotes && lacksKeepers(play)) {
    // Its keepers were archived only after it was promoted: asked for again they come back.
    note('the primary has no keepers');
    hit('a primary without keepers');
    await runOnce(play, controller, switchTo(primaryOf(sites) as DeviceName));
  }
  return lastWordOf(plan);
}

/** Two heads: one is chosen. A manifest that says otherwise than the record: it is made to agree. An old primary: it is brought back. */
function rolesJob(play: Play, { oslo, bergen }: Record<DeviceName, RoleNote | undefined>): Job | undefined {
  if (oslo === undefined && bergen === undefined) return undefined;
  const isSplit =
    oslo !== undefined && bergen !== undefined && oslo.epoch === bergen.epoch && oslo.nonce !== bergen.nonce;
  if (isSplit) return failTo(world().chance.driver.pick(DEVICES));
  const ruling = (oslo?.epoch ?? 0) >= (bergen?.epoch ?? 0) ? oslo : bergen;
  const primary = ruling?.primaries[0] as DeviceName;
  if (play.manifest.sites.kind === 'one-way' && play.manifest.sites.primary !== primary) {
    note(`the manifest is made to say ${primary}`);
    play.manifest = withPrimary(play.manifest, primary);
  }
  const old = other(primary) === 'oslo' ? oslo : bergen;
  if (old !== undefined && old.epoch < (ruling?.epoch ?? 0) && old.primaries.includes(other(primary)))
    return bringBack(other(primary));
  // A primary that went back to before it had the namespace has nothing that could be exchanged.
  const isThere = (device: DeviceName): boolean =>
    play.sites[device].machine.store.has(`/namespace/${play.manifest.namespace}`);
  if (play.story.promotes && !isThere(primary) && isThere(other(primary))) return failTo(other(primary));
  // A switchover that broke off may have left the primary without keepers; asked for again it is completed.
  if (play.story.promotes) return switchTo(primary);
  return undefined;
}

function lastWordOf({ steps, conflicts, held, extra, alarms }: NamespacePlan): LastWord {
  const shown = new Set([
    ...conflicts.map(({ id }) => id),
    ...held.flatMap(({ ids }) => ids),
    ...Object.values(extra).flat(),
  ]);
  for (const { kind } of alarms) hit(`alarm at the end: ${kind}`);
  const stops = alarms.find(({ kind }) => kind === 'split-brain' || kind === 'older-epoch');
  return { settled: steps.length === 0, shown, stopped: stops?.text, steps: steps.map(({ kind }) => kind) };
}
