/** A person exchanges roles where the primary went back in time: as one who knows no better, or as the engine says. */
import { isProblem } from '../../core/problem.ts';
import { goBackWithin, keepWithin } from './actors/weather.ts';
import type { Controller } from './controller.ts';
import type { DeviceName } from './devices.ts';
import { ask, bringBack, cutOff, failTo, other, switchTo, sync } from './engine.ts';
import { primaryOf } from './judge/keepers.ts';
import { type Job, type Play, runOnce } from './simulate.ts';
import { hit, note, world } from './world/world.ts';

/** So often a person tries what the last answer said. */
const TRIES = 3;

/** A round: states of the devices are kept, the primary goes back to one (here, or between the rounds), and a person acts. */
export async function exchangeRound(play: Play, controller: Controller, round: number): Promise<void> {
  const { driver, weather } = world().chance;
  const { sites } = play;
  for (const site of Object.values(sites)) if (weather.chance(0.5)) keepWithin(play.weather, site, 20_000);
  const primary = (primaryOf(sites) ?? 'oslo') as DeviceName;
  if (round > 1 && weather.chance(0.3)) goBackWithin(play.weather, sites[primary], 30_000);
  // Roles were exchanged before, so that what it goes back to is another epoch.
  const isUsual = round > 0 && round < 3 && driver.chance(0.6);
  let job: Job | undefined =
    round === 0 ? sync : isUsual ? switchTo(other(primary)) : firstOf(play, controller, primary);
  for (let tries = 0; job !== undefined && tries < TRIES; tries++) {
    const texts: string[] = [];
    const tried: Job = job;
    await runOnce(play, controller, listening(tried, texts));
    job = driver.chance(0.8) ? fromTexts(texts, primary, tried) : undefined;
    if (job !== undefined) hit(`exchanged: ${job.name} after ${tried.name}`);
  }
}

function firstOf(play: Play, controller: Controller, primary: DeviceName): Job {
  const { driver } = world().chance;
  const next = other(primary);
  const what = driver.weighted({ ask: 4, sync: 2, switch: 5, confirm: 2, fail: 3, 'fail back': 1, rejoin: 2 });
  note(`  a person wants: ${what} (${primary} is primary)`);
  if (what === 'ask') return ask;
  if (what === 'sync') return sync;
  if (what === 'switch') return switchTo(next);
  if (what === 'confirm') return switchTo(primary);
  if (what === 'rejoin') return bringBack(driver.chance(0.5) ? primary : next);
  if (what === 'fail back') return failTo(primary);
  if (driver.chance(0.7)) cutOff(play, primary, controller);
  return failTo(next);
}

/** Takes down what a person reads in the answer. */
const listening = (job: Job, texts: string[]): Job => ({
  ...job,
  run: async (life, play) => {
    try {
      const result = await job.run(life, play);
      const { alarms, warnings } = (result ?? {}) as { alarms?: { remedy: string }[]; warnings?: string[] };
      texts.push(...(alarms ?? []).map(({ remedy }) => remedy), ...(warnings ?? []));
      return result;
    } catch (error) {
      if (isProblem(error)) texts.push(error.remedy);
      throw error;
    }
  },
});

/** What a person does who reads these texts. */
function fromTexts(texts: readonly string[], primary: DeviceName, tried: Job): Job | undefined {
  const { driver } = world().chance;
  const jobs = texts.flatMap((text): Job[] => {
    const named = /(promote|rejoin)\b[^`;]*--device (bergen|oslo)/.exec(text);
    const device = named?.[2] as DeviceName | undefined;
    const either = driver.chance(0.5) ? primary : other(primary);
    const does: Job[] = [];
    if (named?.[1] === 'promote') does.push(switchTo(device as DeviceName));
    if (named?.[1] === 'rejoin') does.push(bringBack(device as DeviceName));
    if (/--failover/.test(text)) does.push(failTo(either));
    if (/promote the device whose/.test(text)) does.push(switchTo(either));
    if (/\bsync\b/.test(text)) does.push(sync);
    if (/run (it|this) again/i.test(text)) does.push(tried);
    return does;
  });
  return jobs.length === 0 ? undefined : driver.pick(jobs);
}
