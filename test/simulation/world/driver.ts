import { machine } from './globals.ts';
import { world } from './world.ts';

const turn = (): Promise<void> => new Promise((resolve) => machine.setImmediate(() => resolve()));

/** Waits until nothing in this process goes on by itself: two turns of the event loop brought nothing new. */
async function settle(): Promise<void> {
  const here = world();
  for (let quiet = 0; quiet < 2; ) {
    const seen = here.changes;
    await turn();
    quiet = here.changes === seen ? quiet + 1 : 0;
  }
}

/** How long something outside the world (a module that is loaded, say) may take before it counts as never, in turns of 1 ms. */
const PATIENCE = 2000;

/** The most steps of one story: a story that does not end is a fault too. */
const MOST_STEPS = 60_000;

/**
 * Lets things happen, one at a time, until the work is done. `between` is called before each: that is when everybody else
 * acts. Gives why it stopped early, if it did.
 */
export async function drive(work: Promise<unknown>, between: () => Promise<void>): Promise<string | undefined> {
  const here = world();
  let done = false;
  const end = (): void => {
    done = true;
    here.changes++;
  };
  work.then(end, end);
  for (let waited = 0; ; ) {
    await settle();
    if (done) return undefined;
    if (here.violations.length > 0) return 'a violation';
    if (here.steps++ > MOST_STEPS) return `it did not end within ${MOST_STEPS} steps`;
    if (here.ready.length > 0) {
      waited = 0;
      await between();
      const [next] = here.ready.splice(here.chance.driver.below(here.ready.length), 1);
      here.now += 1 + here.chance.driver.below(15);
      next?.run();
    } else if (!passTime(Number.POSITIVE_INFINITY)) {
      if (waited++ > PATIENCE) return 'nothing happens any more: the work waits for something that never comes';
      await new Promise((resolve) => machine.setTimeout(resolve, 1));
    } else waited = 0;
  }
}

/** Goes on to the next timer, if it is due until then; false when there is none. */
export function passTime(until: number): boolean {
  const here = world();
  const next = here.timers.reduce<(typeof here.timers)[number] | undefined>(
    (first, timer) =>
      first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)
        ? timer
        : first,
    undefined,
  );
  if (next === undefined || next.at > until) return false;
  here.timers.splice(here.timers.indexOf(next), 1);
  here.now = Math.max(here.now, next.at);
  here.changes++;
  next.run();
  return true;
}

/** Lets promises that nothing of the world holds up come to their end; undefined for one that still waits then. */
export async function settled<T>(promise: Promise<T>): Promise<{ value: T } | undefined> {
  let result: { value: T } | undefined;
  let failure: { error: unknown } | undefined;
  promise.then(
    (value) => {
      result = { value };
    },
    (error: unknown) => {
      failure = { error };
    },
  );
  for (let turns = 0; turns < 4 && result === undefined && failure === undefined; turns++) await turn();
  if (failure !== undefined) throw failure.error;
  return result;
}
