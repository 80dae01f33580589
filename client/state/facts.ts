/** Answers of the engine that views show, kept so that drawing a tree asks nobody twice. */
import type { FreshOverview, ProblemData, Reads } from '../../server/operations/protocol.ts';

/** What is read through the store. */
export type Question = Exclude<
  keyof Reads,
  'nethsm/archiveKeys' | 'nethsm/preview' | 'nethsm/probe' | 'nethsm/text' | 'nethsm/forgetSecrets'
>;

/** An answer, or why there is none; both at once when a later reading failed: then the answer is an old one. */
export interface Known<M extends Question> {
  value?: Reads[M][1];
  problem?: ProblemData;
}

interface Entry {
  method: Question;
  params: Reads[Question][0];
  known?: Known<Question>;
  /** What `known` looks like as text: equal text is no change. */
  text?: string;
  loading?: Promise<void>;
  /** Whether it was shown since the last refresh. */
  shown: boolean;
}

export interface Facts {
  /** What is known; asked for when nothing is. Never rejects. */
  read<M extends Question>(method: M, params: Reads[M][0]): Promise<Known<M>>;
  /**
   * Asks again for what was shown since the last time, and forgets the rest; tells listeners when an answer changed. With
   * `askFor` a person is asked for that manifest only.
   */
  refresh(wanted: (method: Question) => boolean, fresh?: FreshOverview): Promise<void>;
  /** Forgets all, so that the next drawing asks anew. */
  clear(): void;
  onChange(listener: (methods: ReadonlySet<Question>) => void): void;
}

/** What is read because somebody opened a node: then a person may be asked for confirmation and secrets. */
const OPENED: readonly Question[] = ['nethsm/deviceDetails', 'nethsm/keys', 'nethsm/key', 'nethsm/drift'];

/** How many requests of one refresh run at once. */
const AT_ONCE = 4;
/** How many answers are kept fresh; more nodes than these are hardly looked at. */
const MOST = 200;

/** A store over `ask`, which throws; `problemOf` tells what it threw. */
export function createFacts(
  ask: <M extends Question>(method: M, params: Reads[M][0]) => Promise<Reads[M][1]>,
  problemOf: (error: unknown) => ProblemData,
): Facts {
  const entries = new Map<string, Entry>();
  const listeners: ((methods: ReadonlySet<Question>) => void)[] = [];

  const load = async (entry: Entry, fresh: FreshOverview): Promise<boolean> => {
    let next: Known<Question>;
    try {
      next = { value: await ask(entry.method, { ...entry.params, ...freshFor(entry.params, fresh) } as never) };
    } catch (error) {
      const old = entry.known?.value;
      next = { problem: problemOf(error), ...(old !== undefined && { value: old }) };
    }
    const text = JSON.stringify(next);
    const changed = text !== entry.text;
    entry.known = next;
    entry.text = text;
    return changed;
  };

  return {
    async read(method, params) {
      const key = `${method} ${JSON.stringify(params)}`;
      let entry = entries.get(key);
      if (entry === undefined) {
        entry = { method, params, shown: true };
        entries.set(key, entry);
      }
      entry.shown = true;
      if (entry.known === undefined) {
        entry.loading ??= load(entry, OPENED.includes(method) ? { ask: true } : {}).then(() => {
          delete entry.loading;
        });
        await entry.loading;
      }
      return (entry.known ?? {}) as never;
    },
    async refresh(wanted, fresh = {}) {
      const due: Entry[] = [];
      for (const [key, entry] of entries) {
        if (!wanted(entry.method)) continue;
        if (entry.shown && due.length < MOST) due.push(entry);
        else entries.delete(key);
      }
      const changed = new Set<Question>();
      const work = async () => {
        for (let entry = due.shift(); entry !== undefined; entry = due.shift()) {
          if (await load(entry, fresh)) changed.add(entry.method);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      if (changed.size === 0) return;
      // What the coming drawing does not ask for is not looked at any more.
      for (const entry of entries.values()) if (changed.has(entry.method)) entry.shown = false;
      for (const listener of listeners) listener(changed);
    },
    clear: () => entries.clear(),
    onChange: (listener) => void listeners.push(listener),
  };
}

/** How fresh one answer should be: a person is asked for no other manifest than the one that is meant. */
function freshFor(params: Reads[Question][0], { askFor, ...fresh }: FreshOverview): FreshOverview {
  if (askFor === undefined) return fresh;
  if (!('manifest' in params)) return { ...fresh, askFor };
  return params.manifest === askFor ? fresh : { ...fresh, ask: false };
}
