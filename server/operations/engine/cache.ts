import { setTimeout as wait } from 'node:timers/promises';
import { asProblem } from '../../../core/as-problem.ts';
import { isProblem, type Problem } from '../../../core/problem.ts';
import type { Fresh } from '../protocol.ts';

/** Something that was read, when, and why the last try to read it again failed. */
export interface Known<T> {
  value?: T;
  /** Of the value, in milliseconds since 1970. */
  at?: number;
  problem?: Problem;
  /** Whether something was changed since: good enough to be shown until it was read again. */
  isOutdated?: boolean;
  /** Whether it is being read for a person, who can be asked. */
  isAsking?: boolean;
}

/** What was read from devices, by key, with its age. Each thing is read once at a time, whoever asks. */
export interface Cache {
  known<T>(key: string): Known<T>;
  /** What is known, read again when older than wanted; waits for that only a moment, and tells `onNews` of what comes later. */
  glance<T>(key: string, fresh: Fresh, read: () => Promise<T>, onNews: () => void): Promise<Known<T>>;
  /** What is known and young enough, or else read now; throws what reading throws. */
  need<T>(key: string, fresh: Fresh, read: () => Promise<T>): Promise<{ value: T; at: number }>;
  put<T>(key: string, value: T): void;
  /** Forgets everything whose key starts like this; what is worth showing until it was read again stays as outdated. */
  drop(prefix: string, isShown?: (key: string) => boolean): void;
}

interface Slot {
  value?: unknown;
  at?: number;
  problem?: Problem;
  triedAt?: number;
  isOutdated?: boolean;
  pending?: { asks: boolean; done: Promise<void> };
}

/** How long a view waits for a device, in milliseconds. */
const PATIENCE = 1_200;

export function createCache(now: () => number): Cache {
  const slots = new Map<string, Slot>();
  const slotOf = (key: string): Slot => {
    const slot = slots.get(key) ?? {};
    slots.set(key, slot);
    return slot;
  };

  const start = (slot: Slot, asks: boolean, read: () => Promise<unknown>): Promise<void> => {
    const run = async (): Promise<void> => {
      const at = now();
      try {
        slot.value = await read();
        slot.at = at;
        delete slot.problem;
        delete slot.isOutdated;
      } catch (error) {
        slot.problem = asProblem(error);
      } finally {
        slot.triedAt = now();
        delete slot.pending;
      }
    };
    const done = run();
    slot.pending = { asks, done };
    return done;
  };

  /** Reads, or joins who reads already; a person's click does not end with what asked nobody. */
  const update = async (slot: Slot, fresh: Fresh, read: () => Promise<unknown>): Promise<void> => {
    const asks = fresh.ask === true;
    if (slot.pending !== undefined) {
      const { pending } = slot;
      await pending.done;
      if (!asks || pending.asks || !isProblem(slot.problem, 'untrusted', 'unauthorised')) return;
    }
    await (slot.pending?.done ?? start(slot, asks, read));
  };

  const isYoung = (time: number | undefined, maxAge: number): boolean => time !== undefined && now() - time <= maxAge;
  const knownOf = <T>({ value, at, problem, isOutdated, pending }: Slot): Known<T> => ({
    ...(at !== undefined && { value: value as T, at }),
    ...(problem !== undefined && { problem }),
    ...(isOutdated && { isOutdated }),
    ...(pending?.asks && { isAsking: true }),
  });

  return {
    known: <T>(key: string) => knownOf<T>(slots.get(key) ?? {}),
    async glance<T>(key: string, fresh: Fresh, read: () => Promise<T>, onNews: () => void): Promise<Known<T>> {
      const slot = slotOf(key);
      const { maxAge, ask } = fresh;
      const tried = slot.isOutdated && slot.problem === undefined ? undefined : ask ? slot.at : slot.triedAt;
      if (maxAge === undefined || isYoung(tried, maxAge)) return knownOf(slot);
      const reading = update(slot, fresh, read);
      const late = await Promise.race([reading.then(() => false), wait(PATIENCE, true, { ref: false })]);
      if (late) void reading.then(onNews);
      return knownOf(slot);
    },
    async need<T>(key: string, fresh: Fresh, read: () => Promise<T>): Promise<{ value: T; at: number }> {
      const slot = slotOf(key);
      if (slot.isOutdated || !isYoung(slot.at, fresh.maxAge ?? Number.POSITIVE_INFINITY)) {
        await update(slot, fresh, read);
        if (slot.problem !== undefined) throw slot.problem;
      }
      return { value: slot.value as T, at: slot.at as number };
    },
    put: (key, value) => void slots.set(key, { value, at: now(), triedAt: now() }),
    drop(prefix, isShown = () => false) {
      for (const [key, { value, at }] of [...slots]) {
        if (!key.startsWith(prefix)) continue;
        // A reading that is under way ends in a slot that nobody looks at any more.
        if (at !== undefined && isShown(key)) slots.set(key, { value, at, isOutdated: true });
        else slots.delete(key);
      }
    },
  };
}
