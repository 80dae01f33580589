/** One story: keepers, weather and operators at three sites, and at the end a person who brings all in order. */
import { mkdirSync, rmSync } from 'node:fs';
import { parseKeyId } from '../../core/names.ts';
import type { NamespacePlan } from '../../core/replication/plan/plan.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { withPrimary } from '../../core/replication/promote/candidate.ts';
import { failover } from '../../core/replication/promote/failover.ts';
import { rejoin } from '../../core/replication/promote/rejoin.ts';
import { switchover } from '../../core/replication/promote/switchover.ts';
import { resolveConflict } from '../../core/replication/resolve.ts';
import { planFor, type SyncReport, syncNamespace } from '../../core/replication/sync.ts';
import type { Store } from '../../practice/store.ts';
import {
  type Controller,
  createController,
  Dead,
  live,
  mistreatJournal,
  type OpenLife,
  quit,
  type Surroundings,
} from '../simulation/controller.ts';
import { putBack } from '../simulation/devices.ts';
import { type RoleNote, recordsIn } from '../simulation/judge/content.ts';
import { type Fate, setStage } from '../simulation/network/send.ts';
import { drive } from '../simulation/world/driver.ts';
import { createRandom, type Random } from '../simulation/world/random.ts';
import {
  createWorld,
  enter,
  hit,
  note,
  type Violation,
  violate,
  withoutPlaces,
  world,
} from '../simulation/world/world.ts';
import { asOfTwo, asTwo, NAMES, type Name, type Sites } from './devices.ts';
import { act, placeOfWork, type Vault } from './keepers.ts';
import {
  type Book,
  beginRun,
  createBook,
  judgeLost,
  judgeSame,
  type Loss,
  type RunNow,
  takeArchived,
  takeBackInTime,
  watchAll,
} from './laws.ts';
import { type Scene, scenesOf } from './plots.ts';
import { type Story, tellStory, titleOf } from './story.ts';

export interface Outcome {
  seed: number;
  story: string;
  violations: readonly Violation[];
  hits: ReadonlyMap<string, number>;
}

interface Play {
  story: Story;
  sites: Sites;
  book: Book;
  chance: Random;
  controllers: Controller[];
  around: Surroundings;
  /** As the manifest is now. */
  policy: Policy;
  /** Sites that nobody reaches. */
  away: Set<Name>;
  /** The site that is cut off after so many more requests to it. */
  leaving: { name: string; requests: number } | undefined;
  /** Whether the next deletion of a key is the last that its site answers in this run, and is not told. */
  cutsDeletion: boolean;
  /** Nothing goes wrong any more. */
  over: boolean;
  /** States of whole devices, with how keys had left them by then. */
  kept: Map<Name, { store: Store; losses: ReadonlyMap<string, Loss> }>;
  vault: Vault;
  /** Ids that a person ever decided on. */
  decided: Set<string>;
}

/** What an operator has a process do. */
interface Job {
  name: string;
  now?: Pick<RunNow, 'decided' | 'policy'>;
  run(life: OpenLife): Promise<unknown>;
}

/** Plays a seed. `folder` goes away afterwards. */
export async function playStory(
  seed: number,
  sites: Sites,
  folder: string,
  onNote?: (line: string) => void,
): Promise<Outcome> {
  const here = enter(createWorld(seed, folder, onNote));
  const story = tellStory(seed, folder);
  note(titleOf(story));
  for (const site of Object.values(sites)) putBack(asOfTwo(site));
  const play = setScene(seed, story, sites, folder);
  const stop = watchAll(play.book, sites);
  try {
    await open(play);
    const scenes = scenesOf(story.plot, play.chance);
    for (let round = 0; round < story.rounds && here.violations.length === 0; round++) {
      const scene = play.chance.chance(0.9) ? scenes.shift() : undefined;
      if (scene === undefined) await playRound(play);
      else await playScene(play, scene);
    }
    if (here.violations.length === 0) await close(play);
  } catch (error) {
    violate('harness', error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    stop();
    for (const controller of play.controllers) quit(controller);
    rmSync(folder, { recursive: true, force: true });
  }
  return { seed, story: titleOf(story), violations: here.violations, hits: here.hits };
}

function setScene(seed: number, story: Story, sites: Sites, folder: string): Play {
  const chance = createRandom(seed, 'play');
  const book = createBook();
  const controllers = ['agent', 'editor'].slice(0, story.controllers).map((name) => createController(name, folder));
  for (const controller of controllers) mkdirSync(controller.folder, { recursive: true });
  const around: Surroundings = {
    sites: asTwo(sites),
    folder,
    hasMetrics: true,
    diesAt: () => !play.over && chance.chance(story.crash),
    onJournalWrite: (_, call, [value]) => {
      if (call !== 'archiveValue') return;
      const { device, id, value: sealed } = value as { device: Name; id: string; value: Buffer };
      takeArchived(book, sites[device], device, id, Buffer.from(sealed));
    },
    onActivity: ({ by, level, text }) => note(`  ${by}: ${level}: ${text}`),
  };
  const play: Play = {
    ...{ story, sites, book, chance, controllers, around },
    policy: story.policy,
    away: new Set(),
    leaving: undefined,
    cutsDeletion: false,
    over: false,
    kept: new Map(),
    vault: new Map(),
    decided: new Set(),
  };
  const isAway = (device: string): boolean => play.away.has(device as Name);
  setStage({
    fateOf: ({ device }, { method, path }): Fate => {
      if (play.leaving?.name === device && play.leaving.requests-- <= 0) {
        note(`  ${device} is cut off`);
        hit('cut off in a run');
        play.away.add(device as Name);
        play.leaving = undefined;
      }
      if (isAway(device)) return { kind: 'unconnected', code: 'EHOSTUNREACH' };
      if (play.over) return { kind: 'pass' };
      if (chance.chance(method === 'GET' ? story.crash : 4 * story.crash)) {
        hit('crash at a request');
        return { kind: 'crash', effect: chance.chance(0.5) };
      }
      if (method === 'DELETE' && path.includes('/keys/') && (play.cutsDeletion || chance.chance(story.cuts))) {
        play.cutsDeletion = false;
        note(`  ${device} is cut off at a deletion`);
        hit('cut off at a deletion');
        play.away.add(device as Name);
        return { kind: 'fault', fault: { kind: 'cut-answer', bytes: 0 } };
      }
      return { kind: 'pass' };
    },
    connects: ({ device }) => (isAway(device) ? 'EHOSTUNREACH' : undefined),
    onAsked: () => {},
    onAnswered: () => {},
    onCrash: (life) => (life as OpenLife).crash(),
  });
  return play;
}

/** Keys at some sites, and a first run with all of them. */
async function open(play: Play): Promise<void> {
  const { story, sites, chance, policy } = play;
  for (let deed = 0; deed < 9; deed++) {
    await act(play, placeOfWork(story, policy, Object.values(sites), chance), deed < 6 ? 'make' : undefined);
  }
  const [first] = play.controllers as [Controller];
  for (let i = 0; i < 2; i++) await runOnce(play, first, syncBy(play.policy));
}

const TROUBLES = { keep: 3, rollback: 2, lose: 1, old: 1, copy: 1, manifest: 1 } as const;

/** What a plot wants; the rest is as in any round. */
async function playScene(play: Play, { at, what, away, still, cut = false }: Scene): Promise<void> {
  const { sites, chance } = play;
  const site = sites[at];
  note(`  plot: ${what} at ${at}`);
  if (what === 'keep') keep(play, at);
  else if (what === 'rollback') rollBack(play, at);
  else await act(play, site, what);
  // Writes that would explain what is missing there.
  for (let write = chance.below(4); write > 0; write--) await act(play, site, 'write');
  if (still) return;
  play.away.clear();
  if (away !== undefined) play.away.add(away);
  play.cutsDeletion = cut;
  // A lease that was left has run out by then.
  world().now += 600_000;
  await runSome(play, syncBy(play.policy));
}

async function playRound(play: Play): Promise<void> {
  const { story, sites, chance, away } = play;
  for (let deed = chance.below(4); deed > 0; deed--) {
    await act(play, placeOfWork(story, play.policy, Object.values(sites), chance));
  }
  world().now += chance.pick([1_000, 60_000, 4_000_000]);
  if (chance.chance(0.7)) {
    away.clear();
    if (chance.chance(0.6)) away.add(chance.pick(NAMES));
    note(`  away: ${[...away].join() || 'nobody'}`);
  }
  if (!story.calm && chance.chance(0.3)) trouble(play);
  await runSome(play, await chooseJob(play));
}

/** A run, in which a site may be cut off. */
async function runSome(play: Play, job: Job): Promise<void> {
  const { story, chance, controllers } = play;
  for (const controller of controllers) if (chance.chance(0.2)) mistreatJournal(controller, 'keep');
  if (chance.chance(story.cuts)) play.leaving = { name: chance.pick(NAMES), requests: chance.below(120) };
  const both = !story.calm && job.name === 'sync' && chance.chance(0.3);
  await runAtOnce(play, both ? controllers : [chance.pick(controllers)], job);
  play.leaving = undefined;
  play.cutsDeletion = false;
}

function trouble(play: Play): undefined {
  const { chance, controllers } = play;
  const what = chance.weighted(TROUBLES);
  const name = chance.pick(NAMES);
  const controller = chance.pick(controllers);
  note(`  ${what}: ${what === 'keep' || what === 'rollback' ? name : controller.name}`);
  hit(`trouble: ${what}`);
  if (what === 'keep') keep(play, name);
  if (what === 'rollback') rollBack(play, name);
  if (what === 'lose' || what === 'old') mistreatJournal(controller, what);
  const other = controllers.find((one) => one !== controller);
  if (what === 'copy' && other !== undefined) mistreatJournal(controller, 'copy', other);
  if (what === 'manifest') {
    const deletions = play.policy.deletions === 'keep' ? 'propagate' : 'keep';
    note(`  the manifest says ${deletions}`);
    play.policy = { ...play.policy, deletions };
  }
}

function keep({ kept, sites, book }: Play, name: Name): void {
  kept.set(name, { store: sites[name].practice.snapshot(), losses: new Map(book.lost[name]) });
}

function rollBack({ kept, sites, book }: Play, name: Name): void {
  const old = kept.get(name);
  if (old === undefined) return;
  sites[name].practice.rollBack(old.store);
  takeBackInTime(book, name, old.losses);
}

const syncBy = (policy: Policy): Job => ({
  name: 'sync',
  now: { policy },
  run: ({ ctx }) => syncNamespace(ctx, policy),
});

const ask = (play: Play): Job => ({ name: 'plan', run: ({ ctx }) => planFor(ctx, play.policy) });

const switchTo = (play: Play, device: Name): Job => ({
  name: `switchover to ${device}`,
  run: async ({ ctx }) => {
    const report = await switchover(ctx, play.policy, device);
    play.policy = withPrimary(play.policy, device);
    return report;
  },
});

const failTo = (play: Play, device: Name): Job => ({
  name: `failover to ${device}`,
  run: async ({ ctx }) => {
    const report = await failover(ctx, play.policy, device, { acceptLoss: true });
    play.policy = withPrimary(play.policy, device);
    return report;
  },
});

const bringBack = (play: Play, device: Name): Job => ({
  name: `rejoin of ${device}`,
  run: ({ ctx }) => rejoin(ctx, play.policy, device),
});

function decide(play: Play, id: string, keep: Name): Job {
  const { policy } = play;
  return {
    name: `decision on ${id}: ${keep}`,
    now: { policy, decided: id },
    run: ({ ctx }) => {
      play.decided.add(id);
      return resolveConflict(ctx, policy, { id: parseKeyId(id), keep });
    },
  };
}

/** What an operator does in a round: most of the time a run, and now and then what a person does after having looked. */
async function chooseJob(play: Play): Promise<Job> {
  const { story, chance, controllers, policy } = play;
  const generous: Policy = { ...policy, maxDeletions: { keys: 10, percent: 100 } };
  const what = chance.weighted({
    sync: 12,
    decide: story.calm ? 0 : 2,
    generous: 1,
    roles: story.kind === 'one-way' ? 4 : 0,
  });
  if (what === 'generous') return { ...syncBy(generous), name: 'sync with many deletions' };
  if (what === 'roles') return roleJob(play) ?? syncBy(policy);
  if (what === 'decide') {
    const plan = (await runOnce(play, chance.pick(controllers), ask(play))) as NamespacePlan | undefined;
    const ids = plan === undefined ? [] : [...shownBy(plan)].filter((id) => !id.startsWith('user ')).sort();
    if (ids.length > 0) return decide(play, chance.pick(ids), chance.pick(NAMES));
  }
  return syncBy(policy);
}

function roleJob(play: Play): Job | undefined {
  const { chance, away, policy } = play;
  const old = formerPrimary(play);
  if (old !== undefined && chance.chance(0.6)) return bringBack(play, old);
  const next = chance.pick(NAMES);
  if (policy.sites.kind === 'one-way' && away.has(policy.sites.primary as Name)) return failTo(play, next);
  return switchTo(play, next);
}

const shownBy = ({ conflicts, held, extra }: Pick<NamespacePlan, 'conflicts' | 'held' | 'extra'>): Set<string> =>
  new Set([...conflicts.map(({ id }) => id), ...held.flatMap(({ ids }) => ids), ...Object.values(extra).flat()]);

/** The highest record on each site. */
const recordsOf = ({ sites }: Play): [Name, RoleNote | undefined][] =>
  NAMES.map((name) => [name, recordsIn(sites[name].machine.store, sites[name].beginning.domainKey)[0]]);

function rulingOf(play: Play): RoleNote[] {
  const records = recordsOf(play).flatMap(([, record]) => record ?? []);
  const highest = Math.max(0, ...records.map(({ epoch }) => epoch));
  return [...new Map(records.filter(({ epoch }) => epoch === highest).map((one) => [one.nonce, one])).values()];
}

/** A site that was primary by a record of its own which rules no more. */
function formerPrimary(play: Play): Name | undefined {
  const epoch = rulingOf(play)[0]?.epoch ?? 0;
  return recordsOf(play).find(
    ([name, record]) => record !== undefined && record.epoch < epoch && record.primaries.includes(name),
  )?.[0];
}

let runs = 0;

/** One run of one process. */
const runOnce = async (play: Play, controller: Controller, job: Job): Promise<unknown> =>
  (await runAtOnce(play, [controller], job))[0];

/** The same run by several processes at once. */
async function runAtOnce(play: Play, controllers: readonly Controller[], job: Job): Promise<unknown[]> {
  const { sites } = play.policy;
  const [ruling] = rulingOf(play);
  const isOneWay = job.name.startsWith('sync') && sites.kind === 'one-way' && ruling !== undefined;
  beginRun(play.book, { policy: play.policy, ...job.now, primary: isOneWay ? ruling.primaries[0] : undefined });
  const done = Promise.all(controllers.map((controller) => begin(play, controller, job)));
  const stopped = await drive(done, async () => {});
  play.book.run = undefined;
  if (stopped === undefined) return done;
  if (stopped !== 'a violation') violate('hangs', stopped);
  return [];
}

/** Begins a run of one process; it ends with the process when that crashes. */
function begin(play: Play, controller: Controller, job: Job): Promise<unknown> {
  const life = live(controller, play.around);
  const name = `${life.who}:${++runs}`;
  note(`${name} begins ${job.name}`);
  const kind = job.name.split(' ')[0];
  const work = job.run(life).then(
    (result) => {
      note(`${name} ends ${job.name}: ${withoutPlaces(JSON.stringify(result) ?? '').slice(0, 600)}`);
      hit(`run: ${kind}`);
      return result;
    },
    (error: unknown) => {
      if (error instanceof Dead || life.dead) return undefined;
      note(`${name} fails at ${job.name}: ${error instanceof Error ? error.message : error}`);
      hit(`run failed: ${kind}`);
      if ((error as { name?: string }).name !== 'Problem')
        violate('no Problem', error instanceof Error ? (error.stack ?? '') : String(error));
      return undefined;
    },
  );
  return Promise.race([work, life.gone]);
}

/** Runs at the end, until all must be in order. */
const LAST_RUNS = 24;

/** All is made good; then a person looks after the roles, decides what is shown, and runs it until nothing is to be done. */
async function close(play: Play): Promise<void> {
  const { book, sites, controllers, chance } = play;
  play.away.clear();
  play.over = true;
  note('all is made good');
  let last: SyncReport | undefined;
  for (let run = 0; run < LAST_RUNS && world().violations.length === 0; run++) {
    world().now += 600_000;
    const controller = controllers[run % controllers.length] as Controller;
    last = await putInOrder(play, controller, run < LAST_RUNS / 2 ? chance : undefined);
    if (last?.steps.length === 0 && run >= 3) break;
  }
  if (world().violations.length > 0) return;
  if (last === undefined) return violate('no end', 'it never told how things are');
  for (const { kind } of last.alarms) hit(`alarm at the end: ${kind}`);
  if (last.steps.length > 0) return violate('no end', JSON.stringify(last.steps));
  judgeSame(play.policy, sites, shownBy(last));
  judgeLost(book, sites, play.decided);
}

/** Looks after the roles, runs once, and decides now and then; what the run said, unless something was done after it. */
async function putInOrder(
  play: Play,
  controller: Controller,
  decides: Random | undefined,
): Promise<SyncReport | undefined> {
  const isOneWay = play.story.kind === 'one-way';
  const roles = isOneWay ? rolesInOrder(play) : undefined;
  if (roles !== undefined) await runOnce(play, controller, roles);
  const report = (await runOnce(play, controller, syncBy(play.policy))) as SyncReport | undefined;
  if (report === undefined || decides === undefined) return report;
  if (isOneWay && report.alarms.some(({ kind }) => kind === 'split-brain')) {
    await runOnce(play, controller, failTo(play, decides.pick(NAMES)));
    return undefined;
  }
  const conflict = report.conflicts.find(({ id }) => !id.startsWith('user '));
  if (conflict === undefined || !decides.chance(0.5)) return report;
  await runOnce(play, controller, decide(play, conflict.id, decides.pick(conflict.devices) as Name));
  return undefined;
}

/** Two heads: one is chosen. A manifest that says otherwise than the record is made to agree; an old primary is brought back. */
function rolesInOrder(play: Play): Job | undefined {
  const [ruling, other] = rulingOf(play);
  if (ruling === undefined) return undefined;
  const primary = ruling.primaries[0] as Name;
  if (other !== undefined) return failTo(play, primary);
  if (play.policy.sites.kind === 'one-way' && play.policy.sites.primary !== primary) {
    note(`the manifest is made to say ${primary}`);
    play.policy = withPrimary(play.policy, primary);
  }
  const old = formerPrimary(play);
  return old === undefined ? switchTo(play, primary) : bringBack(play, old);
}
