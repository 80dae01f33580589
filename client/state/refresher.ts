/** Keeps what is visible fresh: starts with the first visible view, stops when none is. */
import type { Changed, FreshOverview } from '../../server/operations/protocol.ts';
import type { Facts, Question } from './facts.ts';

export interface Refresher {
  /** A view came into sight or went out of it. */
  setVisible(view: string, visible: boolean): void;
  /** The engine says that something changed. */
  changed(news: Changed): void;
  /** Reads from the devices now; a person may be asked, with a manifest for that one only. */
  now(manifest?: string): Promise<void>;
  /** Reads from the devices what a command may have changed; nobody is asked. */
  afterCommand(): Promise<void>;
  pause(paused: boolean): void;
  /** Nothing is drawn anew while a person chooses. */
  whileChoosing<T>(work: () => Thenable<T> | Promise<T>): Promise<T>;
  dispose(): void;
}

export interface RefreshTimes {
  /** Between two readings of the devices, ms; 0: only when asked. Read again each time. */
  interval: () => number;
  /** How long news must be quiet before they are looked at, ms. */
  quiet: number;
}

/** Which answers a piece of news makes old. */
const AFFECTED: Record<Changed['what'], readonly Question[]> = {
  manifests: ['nethsm/overview', 'nethsm/devices', 'nethsm/archives'],
  devices: ['nethsm/devices', 'nethsm/deviceDetails', 'nethsm/overview'],
  namespaces: ['nethsm/overview', 'nethsm/drift'],
  keys: ['nethsm/keys', 'nethsm/key', 'nethsm/drift', 'nethsm/overview'],
  archives: ['nethsm/archives'],
  activity: ['nethsm/activity', 'nethsm/overview'],
};

/** Lists of keys cost two requests a key: only news or a person read them again. */
const POLLED: readonly Question[] = ['nethsm/overview', 'nethsm/devices', 'nethsm/archives', 'nethsm/activity'];

export function createRefresher(
  facts: Facts,
  times: RefreshTimes,
  clock: Pick<typeof globalThis, 'setTimeout' | 'clearTimeout'> = globalThis,
): Refresher {
  const visible = new Set<string>();
  let stale = new Set<Question>();
  let paused = false;
  let choosing = 0;
  let seenBefore = false;
  let pollTimer: ReturnType<typeof setTimeout> | undefined;
  let quietTimer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;

  const run = (
    methods: ReadonlySet<Question> | readonly Question[] | undefined,
    fresh?: FreshOverview,
  ): Promise<void> => {
    const wanted = methods === undefined ? undefined : new Set(methods);
    // One at a time: a slow device never piles refreshes up.
    running = (running ?? Promise.resolve()).then(() =>
      facts.refresh((method) => wanted === undefined || wanted.has(method), fresh),
    );
    return running;
  };

  const schedule = () => {
    clock.clearTimeout(pollTimer);
    pollTimer = undefined;
    const interval = times.interval();
    if (visible.size === 0 || paused || interval <= 0) return;
    pollTimer = clock.setTimeout(async () => {
      if (choosing === 0) await run(POLLED, { maxAge: interval });
      schedule();
    }, interval);
  };

  const settle = () => {
    clock.clearTimeout(quietTimer);
    quietTimer = clock.setTimeout(() => {
      if (choosing > 0) return settle();
      const due = stale;
      stale = new Set();
      // What hangs on the news, drift on a device that has come, is read as if the view were looked at anew.
      const interval = times.interval();
      if (due.size > 0) void run(due, interval > 0 && !paused ? { maxAge: interval } : {});
    }, times.quiet);
  };

  return {
    setVisible(view, isVisible) {
      if (isVisible) visible.add(view);
      else visible.delete(view);
      const first = isVisible && !seenBefore;
      seenBefore ||= isVisible;
      // The first look draws at once what is known, then what the devices say.
      if (first && !paused && times.interval() > 0) {
        quietTimer = clock.setTimeout(() => void run(POLLED, { maxAge: times.interval() }), times.quiet);
      }
      if (stale.size > 0 && isVisible) settle();
      schedule();
    },
    changed({ what }) {
      for (const question of AFFECTED[what]) stale.add(question);
      if (visible.size > 0) settle();
    },
    now: (manifest) => run(undefined, { maxAge: 0, ask: true, ...(manifest !== undefined && { askFor: manifest }) }),
    afterCommand: () => run(undefined, { maxAge: 0 }),
    pause(next) {
      paused = next;
      schedule();
    },
    async whileChoosing(work) {
      choosing++;
      try {
        return await work();
      } finally {
        choosing--;
      }
    },
    dispose() {
      visible.clear();
      clock.clearTimeout(pollTimer);
      clock.clearTimeout(quietTimer);
    },
  };
}
