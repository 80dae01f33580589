/**
 * The one world of this process: its time, its chance, and what may happen next. Nothing in it moves by itself; the
 * driver picks what happens, so that the same seed gives the same story.
 */
import { createHash, type Hash } from 'node:crypto';
import { createRandom, type Random } from './random.ts';

/** Something that may happen now. */
interface Ready {
  what: string;
  run(): void;
}

/** Something that happens at its time. */
interface Timer {
  at: number;
  order: number;
  run(): void;
}

/** What went wrong with the engine, by the harness's own book-keeping. */
export interface Violation {
  rule: string;
  text: string;
  at: number;
}

export interface World {
  seed: number;
  /** Milliseconds since 1970. */
  now: number;
  ready: Ready[];
  timers: Timer[];
  /** Rises with all that is new; the driver waits until it stays. */
  changes: number;
  order: number;
  steps: number;
  requests: number;
  /** How often each fault hit. */
  hits: Map<string, number>;
  violations: Violation[];
  trace: Hash;
  /** Called with each line of the trace. */
  onNote: ((line: string) => void) | undefined;
  /** Left out of the trace: where its files lie. */
  folder: string;
  /** The chance of the driver, of what the devices and the engine draw, and of everybody else. */
  chance: { driver: Random; bytes: Random; actors: Random; weather: Random };
}

/** When every story begins. */
export const BEGINNING = Date.UTC(2026, 10, 24, 12);

/** A world as it begins. */
export const createWorld = (seed: number, folder = '', onNote?: (line: string) => void): World => ({
  seed,
  now: BEGINNING,
  ready: [],
  timers: [],
  changes: 0,
  order: 0,
  steps: 0,
  requests: 0,
  hits: new Map(),
  violations: [],
  trace: createHash('sha256'),
  onNote,
  folder,
  chance: {
    driver: createRandom(seed, 'driver'),
    bytes: createRandom(seed, 'bytes'),
    actors: createRandom(seed, 'actors'),
    weather: createRandom(seed, 'weather'),
  },
});

let current = createWorld(0);

/** The world that all the seams belong to now. */
export const world = (): World => current;
/** Puts another world in its place. */
export function enter(next: World): World {
  current = next;
  return next;
}

/** Something that the driver may let happen from now on. */
export function soon(what: string, run: () => void): void {
  current.changes++;
  current.ready.push({ what, run });
}

/** Something that happens after so many milliseconds of this world; gives how to take it back. */
export function later(ms: number, run: () => void): () => void {
  const here = current;
  const timer = { at: here.now + Math.max(0, Math.ceil(ms)), order: here.order++, run };
  here.changes++;
  here.timers.push(timer);
  return () => {
    const at = here.timers.indexOf(timer);
    if (at >= 0) here.timers.splice(at, 1);
  };
}

/**
 * A text without what differs from one play of a seed to the next: where files lie, and addresses, of which none is ever
 * used twice in a process.
 */
export function withoutPlaces(text: string): string {
  const places = current.folder === '' ? text : text.replaceAll(current.folder, '…');
  return places.replaceAll(/\b127(\.\d+){3}\b/g, '127…');
}

/** A line of the story. */
export function note(text: string): void {
  const line = `${((current.now - BEGINNING) / 1000).toFixed(3)} ${withoutPlaces(text)}`;
  current.trace.update(line);
  current.onNote?.(line);
}

/** Counts a fault, or anything else that the figures should show. */
export function hit(name: string): void {
  current.hits.set(name, (current.hits.get(name) ?? 0) + 1);
}

/** Something that must never be. */
export function violate(rule: string, text: string): undefined {
  note(`VIOLATION ${rule}: ${text}`);
  current.violations.push({ rule, text, at: current.now });
}
