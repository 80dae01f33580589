/** One seed from beginning to end. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Policy } from '../../core/replication/policy.ts';
import { act, makeSome } from './actors/keepers.ts';
import {
  createWeather,
  fateOf,
  followPlot,
  happenBetween,
  isCut,
  repairDue,
  trouble,
  type Weather,
} from './actors/weather.ts';
import {
  type Controller,
  createController,
  Dead,
  journalOf,
  live,
  mistreatJournal,
  type OpenLife,
  quit,
  type Surroundings,
} from './controller.ts';
import { type DeviceName, putBack, type Site, type Sites } from './devices.ts';
import { choose, LAST_RUNS, plotJobs, putInOrder, recordsOf } from './engine.ts';
import { exchangeRound } from './exchange.ts';
import { archivesHold } from './judge/archives.ts';
import { judgeBackup } from './judge/backups.ts';
import { judgeSent, judgeTold, noteBlocked } from './judge/blocked.ts';
import { judgeBody } from './judge/bodies.ts';
import { keysIn, readHeld } from './judge/content.ts';
import { judgeEnd, type LastWord } from './judge/end.ts';
import { judgeGuess } from './judge/guesses.ts';
import { headsOf, judgeHeads, noteShown, type Records, type RunOf } from './judge/heads.ts';
import { judgeInSync } from './judge/in-sync.ts';
import { primaryOf } from './judge/keepers.ts';
import { addPresent, createLedger, keyOf, type Ledger } from './judge/ledger.ts';
import { judgeSecrets } from './judge/secrets.ts';
import { watchSite } from './judge/watch.ts';
import { type Case, judgeWrite } from './judge/writes.ts';
import type { Asked } from './network/call-node.ts';
import { setStage } from './network/send.ts';
import { type Story, tellStory } from './story.ts';
import { streamRound } from './streaming.ts';
import { drive, passTime, settled } from './world/driver.ts';
import {
  createWorld,
  enter,
  hit,
  note,
  type Violation,
  violate,
  type World,
  withoutPlaces,
  world,
} from './world/world.ts';

/** What came of a seed. */
export interface Outcome {
  seed: number;
  story: string;
  violations: readonly Violation[];
  steps: number;
  requests: number;
  hits: ReadonlyMap<string, number>;
  /** Digest of all that happened. */
  trace: string;
}

/** All that one story is made of. */
export interface Play {
  story: Story;
  sites: Sites;
  ledger: Ledger;
  weather: Weather;
  controllers: Controller[];
  around: Surroundings;
  /** As it is written now: a person changes it. */
  manifest: Policy;
  between(): Promise<void>;
  /** Texts that people may read: no secret may be in them. */
  said: string[];
  runs: Map<string, RunOf>;
  /** What each life was shown last of the role records. */
  shown: Map<string, Records>;
}

/** Plays a seed. `folder` is empty and goes away afterwards. */
export async function simulate(
  seed: number,
  sites: Sites,
  folder: string,
  onNote?: (line: string) => void,
): Promise<Outcome> {
  const here = enter(createWorld(seed, folder, onNote));
  mkdirSync(folder, { recursive: true });
  const story = tellStory(seed, folder);
  const title = titleOf(story);
  note(title);
  const play = setScene(story, sites, folder);
  try {
    await open(play);
    for (let round = 0; round < story.rounds && here.violations.length === 0; round++) await playRound(play, round);
    if (here.violations.length === 0) await close(play);
  } catch (error) {
    violate('harness', error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    play.stopWatching();
    for (const controller of play.controllers) quit(controller);
    rmSync(folder, { recursive: true, force: true });
  }
  return outcomeOf(here, title);
}

const outcomeOf = ({ seed, violations, steps, requests, hits, trace }: World, story: string): Outcome => ({
  seed,
  story,
  violations,
  steps,
  requests,
  hits,
  trace: trace.copy().digest('hex').slice(0, 16),
});

const titleOf = ({
  kind,
  calm,
  policy,
  hasMetrics,
  controllers,
  rounds,
  empty,
  promotes,
  rates,
  plot,
}: Story): string =>
  [
    kind,
    calm ? 'calm' : `faults ${rates.faults} crash ${rates.crash} troubles ${rates.troubles}`,
    policy.deletions,
    `${policy.maxDeletions.keys}/${policy.maxDeletions.percent}%`,
    `conflicts ${policy.conflicts}`,
    `users ${policy.users}`,
    hasMetrics ? 'metrics' : 'no metrics',
    policy.backups ? 'backups' : 'one place',
    `${controllers} controllers`,
    `${rounds} rounds`,
    empty ? 'empty' : '',
    promotes ? 'promotes' : '',
    `plot ${plot}`,
  ].join(', ');

type Scene = Play & { stopWatching(): void };

function setScene(story: Story, sites: Sites, folder: string): Scene {
  const weather = createWeather();
  const ledger = createLedger();
  const said: string[] = [];
  const checks: (() => Promise<void>)[] = [];
  const runs = new Map<string, RunOf>();
  const shown = new Map<string, Records>();
  const { policy } = story;
  const controllers = ['agent', 'editor'].slice(0, story.controllers).map((name) => createController(name, folder));
  if (story.isOneMachine) for (const each of controllers) each.folder = join(folder, 'agent');
  for (const { folder: own } of controllers) mkdirSync(own, { recursive: true });
  const places = [...controllers.map((each) => join(each.folder, 'archives')), join(folder, 'backups')];
  const toJudge: Case = {
    sites,
    policy,
    ledger,
    later: (check) => checks.push(check),
    archivesHold: (path, sealed) => archivesHold(places, path, sealed),
    runOf: (who) => runs.get(who),
  };
  for (const site of Object.values(sites)) putBack(site);
  const stops = Object.values(sites).map((site) =>
    watchSite(
      site,
      (write) => judgeWrite(toJudge, write),
      (_, after) => {
        // Somebody put another state in place: what is there now came there now.
        ledger.exchanged[site.name] = ++ledger.turn;
        ledger.exchangedAt[site.name] = world().now;
        addPresent(ledger, site.name, keysIn(after, site.beginning.domainKey).values());
      },
    ),
  );
  for (const site of Object.values(sites))
    addPresent(ledger, site.name, keysIn(site.machine.store, site.beginning.domainKey).values());
  addPeople(ledger, sites);

  const chance = world().chance.weather;
  const nameOf = (who: string): string => runs.get(who)?.name ?? who;
  const askedAt = new WeakMap<Asked, number>();
  const listed = new WeakMap<Asked, Records>();
  const around: Surroundings = {
    sites,
    folder,
    hasMetrics: story.hasMetrics,
    diesAt: (_, call) => {
      if (weather.over || !chance.chance(story.rates.crash * 2)) return false;
      hit(`crash ${call.split(' ')[0]} a journal write`);
      return true;
    },
    onJournalWrite: (life, call, given) => {
      noteArchived(sites, ledger, life.who, call, given);
      if (call === 'putRun') judgeRun(play, life.who, given);
    },
    onActivity: (activity) => {
      said.push(activity.text);
      note(`  ${activity.by}: ${activity.level}: ${activity.text}`);
    },
  };
  setStage({
    fateOf: (line, asked) => fateOf(story, weather, line, asked),
    connects: (line) => (isCut(weather, line) ? 'EHOSTUNREACH' : undefined),
    onAsked: (line, asked) => {
      askedAt.set(asked, ledger.turn);
      if (story.plot === 'streamed' && isUserListing(asked)) listed.set(asked, recordsOf(sites));
      judgeSent(ledger, nameOf(line.life.who), line.device as DeviceName, asked);
      if (!isRestore(asked)) return;
      judgeBackup(join(folder, 'device-backups'), line.device);
      if (line.node.health === 'Operational') judgeBody(line.node, asked);
    },
    onAnswered: ({ life, device, node }, asked, answered) => {
      if (isRestore(asked) && answered.end === 'none' && node.machine.gate.flag)
        noteBlocked(ledger, nameOf(life.who), device as DeviceName);
      judgeGuess(ledger, life.who, device, asked, answered);
      const records = answered.status === 200 && listed.get(asked);
      const name = device as DeviceName;
      if (records) noteShown(play, life.who, name, records[name]);
      const looks = asked.method === 'GET' && answered.status === 200 && /\/keys(\/[^/]+)?$/.test(asked.path);
      if (looks) ledger.looks.set(`${life.who} ${device}`, askedAt.get(asked) ?? ledger.turn);
    },
    onCrash: (life) => (life as OpenLife).crash(),
  });
  const between = async (): Promise<void> => {
    for (const check of checks.splice(0)) await settled(check());
    repairDue(weather);
    const { actors } = world().chance;
    if (weather.over) return;
    if (actors.chance(story.rates.acts)) actSomewhere(play);
    if (story.plot === 'busy switchover' && actors.chance(0.3)) actWhereNoLongerPrimary(play);
    if (story.plot === 'streamed' && actors.chance(0.003))
      makeSome(story, actors.pick(Object.values(sites)), actors.below(6));
    if (chance.chance(story.rates.troubles)) trouble(weather, sites, controllers);
  };
  const play: Scene = {
    story,
    sites,
    ledger,
    weather,
    controllers,
    around,
    manifest: policy,
    between,
    said,
    runs,
    shown,
    stopWatching: () => {
      for (const stop of stops) stop();
    },
  };
  return play;
}

const isUserListing = ({ method, path }: Asked): boolean => method === 'GET' && path.endsWith('/users');
const isRestore = ({ path }: Asked): boolean => path.endsWith('/system/restore');

function addPeople(ledger: Ledger, sites: Sites): void {
  for (const { machine } of Object.values(sites)) {
    for (const { path, value } of machine.store.scan('/authentication/'))
      ledger.people.set(path, [...(ledger.people.get(path) ?? []), value]);
  }
}

function noteArchived(sites: Sites, ledger: Ledger, who: string, call: string, [value]: readonly unknown[]): void {
  if (call !== 'archiveValue') return;
  const { device, id, value: sealed } = value as { device: keyof Sites; id: string; value: Buffer };
  const held = readHeld(sites[device].beginning.domainKey, `/key/.payments/${id}`, Buffer.from(sealed));
  if (held !== undefined) ledger.archived.add(`${device} ${keyOf(id, held.material)}`);
  note(`  ${who} archives ${id} of ${device}`);
}

function judgeRun({ sites, ledger, manifest, controllers, runs }: Play, who: string, given: readonly unknown[]): void {
  ledger.compared.set(who, (ledger.compared.get(who) ?? 0) + 1);
  if (manifest.sites.kind !== 'one-way') return;
  const rules = headsOf(recordsOf(sites)).isSplit ? undefined : primaryOf(sites);
  // Whoever began before the roles were exchanged speaks of the primary of then.
  const primary = runs.get(who)?.primary === rules ? rules : undefined;
  const { clockOffset = 0, folder: journal = '' } = controllers.find(({ name }) => who.split('#')[0] === name) ?? {};
  const includes = (id: string): boolean => manifest.includes(id as never);
  judgeInSync({ sites, ledger, includes, journal }, given as never, primary, clockOffset);
}

/** In a calm one-way story only the primary is worked at. */
function actSomewhere({ story, sites, manifest }: Pick<Play, 'story' | 'sites' | 'manifest'>): void {
  const { actors } = world().chance;
  const primary = manifest.sites.kind === 'one-way' ? manifest.sites.primary : undefined;
  const site: Site =
    story.calm && primary !== undefined ? sites[primary as DeviceName] : actors.pick(Object.values(sites));
  act(story, site, site.name === 'oslo' ? sites.bergen : sites.oslo);
}

/** Keepers go on with their work where another device is primary by now, until they are stopped. */
function actWhereNoLongerPrimary({ story, sites }: Play): void {
  for (const [device, record] of Object.entries(recordsOf(sites))) {
    if (record === undefined || record.epoch === 1 || record.primaries.includes(device)) continue;
    const [site, other] = device === 'oslo' ? [sites.oslo, sites.bergen] : [sites.bergen, sites.oslo];
    act(story, site, other);
  }
}

/** Some time in which people work and nobody replicates. */
async function wait(play: Play, ms: number, deeds: number): Promise<void> {
  const until = world().now + ms;
  let done = false;
  const work = new Promise<void>((resolve) => {
    for (let deed = 0; deed < deeds; deed++) {
      world().timers.push({
        at: world().now + world().chance.actors.below(ms),
        order: world().order++,
        run: () => actSomewhere(play),
      });
    }
    world().timers.push({
      at: until,
      order: world().order++,
      run: () => {
        done = true;
        resolve();
      },
    });
  });
  await drive(work, play.between);
  if (!done) while (passTime(until));
  world().now = Math.max(world().now, until);
  repairDue(play.weather);
}

async function open(play: Play): Promise<void> {
  const { story, sites } = play;
  if (story.empty) forgetNamespace(sites.bergen);
  const deeds = story.keys;
  await wait(play, 60_000, deeds);
}

/** As if the namespace had never been on the device. */
function forgetNamespace({ machine }: Site): void {
  for (const { path } of [...machine.store.snapshot().scan()]) {
    if (path.includes('payments')) machine.store.delete(path);
  }
}

async function playRound(play: Play, round: number): Promise<void> {
  const { story, controllers } = play;
  const { driver } = world().chance;
  const lives = controllers.length === 2 && driver.chance(0.6) ? controllers : [driver.pick(controllers)];
  note(`round ${round}: ${lives.map(({ name }) => name).join(' and ')}`);
  const planned = plotJobs(play, round);
  const work: Promise<unknown>[] =
    story.plot === 'streamed'
      ? streamRound(play)
      : story.plot === 'exchanged'
        ? [exchangeRound(play, lives[0] as Controller, round)]
        : planned
          ? planned.map((job, i) => runOnce(play, controllers[i] as Controller, job))
          : lives.map((controller) => runOnce(play, controller, choose(play)));
  const stopped = await drive(Promise.all(work), play.between);
  if (stopped !== undefined && stopped !== 'a violation') violate('hangs', stopped);
  judgeHeads(play, recordsOf(play.sites));
  if (world().violations.length > 0) return;
  // One journal can't be lost by one process alone.
  if (story.isOneMachine) for (const controller of controllers) quit(controller);
  for (const controller of controllers) {
    if (driver.chance(0.15)) mistreatJournal(controller, 'keep');
    if (story.calm) continue;
    if (driver.chance(0.04)) misuse(controller, 'lose');
    if (driver.chance(0.04)) misuse(controller, 'old');
    if (driver.chance(0.04) && controllers.length === 2 && !story.isOneMachine)
      misuse(
        controller,
        'copy',
        controllers.find((other) => other !== controller),
      );
  }
  if (!story.calm) happenBetween(play.weather, play.sites);
  const isBefore =
    story.plot === 'restored' || story.plot === 'two heads' || (story.plot === 'exchanged' && driver.chance(0.5));
  if (isBefore) goOn(play, round);
  await wait(play, driver.pick([30_000, 300_000, 4_000_000]), driver.below(1 + story.deeds));
  if (!isBefore && (story.plot === 'exchanged' || driver.chance(0.5))) goOn(play, round);
}

function goOn({ story, weather, manifest, sites, controllers }: Play, round: number): void {
  const primary = manifest.sites.kind === 'one-way' ? manifest.sites.primary : 'oslo';
  const [first, second] = primary === 'oslo' ? [sites.oslo, sites.bergen] : [sites.bergen, sites.oslo];
  const done = followPlot(story, weather, first, second, round);
  if (done && story.plot === 'two heads') for (const controller of controllers) misuse(controller, 'lose');
}

function misuse(controller: Controller, how: 'lose' | 'old' | 'copy', from?: Controller): void {
  note(`  the journal of ${controller.name}: ${how}`);
  hit(`journal: ${how}`);
  mistreatJournal(controller, how, from);
}

let runCount = 0;

/** Takes down that a life begins something that counts as one run. */
export function beginRun({ runs, sites, ledger }: Play, who: string, job: string): string {
  const name = `${who}:${++runCount}`;
  const primary = primaryOf(sites);
  runs.set(who, { ...headsOf(recordsOf(sites)), name, job, primary, since: ledger.turn });
  return name;
}

/** One run of one process; ends with the process when that crashes. */
export async function runOnce(play: Play, controller: Controller, job: Job): Promise<unknown> {
  const life = live(controller, play.around);
  const name = beginRun(play, life.who, job.name);
  note(`${life.who} begins ${job.name}`);
  const tell = (text: string): void => {
    play.said.push(text);
    // Where more goes wrong, whether it writes may not have been found out.
    if (play.story.plot === 'reset') judgeTold(play.ledger, name, text);
  };
  const work = job.run(life, play).then(
    (result) => {
      note(`${life.who} ends ${job.name}: ${summary(result)}`);
      tell(JSON.stringify(result) ?? '');
      hit(`run: ${job.name}`);
      return result;
    },
    (error: unknown) => {
      if (error instanceof Dead || life.dead) return undefined;
      tell(error instanceof Error ? error.message : String(error));
      note(`${life.who} fails at ${job.name}: ${error instanceof Error ? error.message : error}`);
      hit(`run failed: ${job.name}`);
      if ((error as { name?: string }).name !== 'Problem')
        violate('no Problem', error instanceof Error ? (error.stack ?? '') : String(error));
      return undefined;
    },
  );
  return Promise.race([work, life.gone]);
}

/** Something that a process does in one run. */
export interface Job {
  name: string;
  run(life: OpenLife, play: Play): Promise<unknown>;
}

const summary = (result: unknown): string => withoutPlaces(JSON.stringify(result) ?? '').slice(0, 400);

/** All is made good, nobody works any more: what remains must be the same, or be shown. */
async function close(play: Play): Promise<void> {
  const { weather, sites, controllers } = play;
  weather.over = true;
  weather.partitions.clear();
  repairDue(weather, true);
  for (const controller of controllers) controller.clockOffset = 0;
  note('the end begins');
  await wait(play, 700_000, 0);
  const [controller] = controllers as [Controller];
  // Who was told that a passphrase is wrong starts the process again once it is right.
  quit(controller);
  let last: LastWord | undefined;
  for (let run = 0; run < LAST_RUNS && world().violations.length === 0; run++) {
    const work = putInOrder(play, controller, run).then((word) => {
      last = word ?? last;
    });
    const stopped = await drive(work, play.between);
    if (stopped !== undefined && stopped !== 'a violation') violate('hangs', stopped);
    await wait(play, 120_000, 0);
    if (last?.settled) break;
  }
  if (world().violations.length > 0) return;
  await judgeEnd(play, last);
  for (const each of controllers) quit(each);
  const files = controllers.map(journalOf).filter((file) => existsSync(file));
  judgeSecrets(
    play.said,
    files.map((file) => readFileSync(file)),
  );
  for (const site of Object.values(sites)) if (site.machine.gate.flag) violate('write-blocked', site.name);
}
