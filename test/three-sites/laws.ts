/**
 * What must hold whatever happens, by a book of its own: every key material that was ever on a site, and how it last left
 * each. It watches every write of the three stores, opens values with the Domain Key, and knows nothing from the engine.
 */
import type { Policy } from '../../core/replication/policy.ts';
import type { Store } from '../../practice/store.ts';
import { type Held, KEY_FOLDER, keysIn, readHeld } from '../simulation/judge/content.ts';
import { keyOf } from '../simulation/judge/ledger.ts';
import { type Write, watchSite } from '../simulation/judge/watch.ts';
import { hit, note, violate } from '../simulation/world/world.ts';
import { asOfTwo, NAMES, type Name, type Site, type Sites } from './devices.ts';

/** Why a key is not on a site where it was. */
export interface Loss {
  by: 'keeper' | 'engine' | 'restore';
  turn: number;
}

/** The run that is going on. */
export interface RunNow {
  policy: Policy;
  /** The id that a person decided on. */
  decided?: string;
  /** The site whose keys nobody but its keepers change in this run. */
  primary?: string | undefined;
}

export interface Book {
  /** Counts the writes to all stores. */
  turn: number;
  /** Id and material of every key that ever was somewhere. */
  made: Set<string>;
  /** By site and key, for keys that are not there now. */
  lost: Record<Name, Map<string, Loss>>;
  /** When a keeper last made a key on a site that the engine had taken away there, or from where it was copied: no deletion of before counts. */
  born: Record<Name, Map<string, number>>;
  /** What this run put into its journal, by site and key. */
  archived: Set<string>;
  /** Keys that this run deleted on a site, and how many there were. */
  deleted: Record<Name, number>;
  present: Record<Name, number>;
  run: RunNow | undefined;
}

export const createBook = (): Book => ({
  turn: 0,
  made: new Set(),
  lost: { bergen: new Map(), oslo: new Map(), tromso: new Map() },
  born: { bergen: new Map(), oslo: new Map(), tromso: new Map() },
  archived: new Set(),
  deleted: { bergen: 0, oslo: 0, tromso: 0 },
  present: { bergen: 0, oslo: 0, tromso: 0 },
  run: undefined,
});

/** The keys of the namespace on a site, without stand-ins. */
export const keysOn = ({ machine, beginning }: Site): Map<string, Held> =>
  new Map([...keysIn(machine.store, beginning.domainKey)].filter(([, { standIn }]) => !standIn));

/** Watches all sites; gives how to stop. */
export function watchAll(book: Book, sites: Sites): () => void {
  const stops = Object.values(sites).map((site) =>
    watchSite(
      asOfTwo(site),
      (write) => judgeWrite(book, sites, site, write),
      (before, after) => takeExchange(book, site, before, after),
    ),
  );
  return () => {
    for (const stop of stops) stop();
  };
}

/** A run begins: what it archives and deletes is counted from here. */
export function beginRun(book: Book, run: RunNow): void {
  book.run = run;
  book.archived.clear();
}

/** A sealed value that a run put into its journal. */
export function takeArchived(book: Book, { beginning }: Site, name: Name, id: string, sealed: Buffer): void {
  const held = readHeld(beginning.domainKey, `${KEY_FOLDER}${id}`, sealed);
  if (held !== undefined) book.archived.add(`${name} ${keyOf(id, held.material)}`);
}

/** Somebody put another state of a whole device in place. */
function takeExchange(book: Book, { name, beginning }: Site, before: Store, after: Store): void {
  book.turn++;
  const keys = (store: Store): Set<string> =>
    new Set([...keysIn(store, beginning.domainKey).values()].map(({ id, material }) => keyOf(id, material)));
  const there = keys(after);
  for (const key of keys(before)) if (!there.has(key)) book.lost[name].set(key, { by: 'restore', turn: book.turn });
  for (const key of there) book.lost[name].delete(key);
}

/** A device is as it was when its losses were these: what a keeper had taken away by then, he had. */
export function takeBackInTime(book: Book, name: Name, losses: ReadonlyMap<string, Loss>): void {
  for (const [key, { by }] of book.lost[name]) {
    const then = losses.get(key);
    if (by === 'restore' && then !== undefined) book.lost[name].set(key, then);
  }
}

const USERS = '/authentication/';

function judgeWrite(book: Book, sites: Sites, site: Site, write: Write): undefined {
  const { path, old, value, writer } = write;
  const { name, beginning } = site;
  book.turn++;
  const isEngine = writer.kind === 'engine';
  if (isEngine && path.startsWith(USERS) && path.endsWith('~replication-lease') && old === undefined) {
    // Each comparison that is carried out begins with its lease.
    book.deleted[name] = 0;
    book.present[name] = [...keysOn(site).keys()].filter((id) => book.run?.policy.includes(id as never)).length;
  }
  if (!path.startsWith(KEY_FOLDER)) return;
  const id = path.slice(KEY_FOLDER.length);
  const [before, after] = [old, value].map((sealed) => sealed && readHeld(beginning.domainKey, path, sealed)) as [
    Held | undefined,
    Held | undefined,
  ];
  const what = `${writer.who}, ${writer.asked?.method} ${writer.asked?.path}: ${id} on ${name}`;
  if (value !== undefined && after === undefined) return violate('foreign value', what);
  const [was, is] = [before, after].map((held) => (held && !held.standIn ? held : undefined));
  if (was?.material === is?.material) return;
  if (isEngine) judgeEngine(book, sites, site, { id, was, is, what });
  if (was !== undefined) {
    const key = keyOf(id, was.material);
    book.lost[name].set(key, { by: isEngine ? 'engine' : 'keeper', turn: book.turn });
    note(`  ${isEngine ? 'engine' : 'keeper'}: ${key} is gone from ${name}`);
  }
  if (is !== undefined) {
    const key = keyOf(id, is.material);
    const bornElsewhere = Math.max(
      0,
      ...NAMES.filter((other) => keysOn(sites[other]).get(id)?.material === is.material).map(
        (other) => book.born[other].get(key) ?? 0,
      ),
    );
    if (isEngine) book.born[name].set(key, bornElsewhere);
    else if (book.lost[name].get(key)?.by === 'engine') book.born[name].set(key, book.turn);
    book.made.add(key);
    book.lost[name].delete(key);
    note(`  ${isEngine ? 'engine' : 'keeper'}: ${key} came to ${name}`);
  }
}

interface Change {
  id: string;
  was: Held | undefined;
  is: Held | undefined;
  what: string;
}

function judgeEngine(book: Book, sites: Sites, site: Site, change: Change): undefined {
  const { run } = book;
  const { id, was, is, what } = change;
  if (run === undefined) return violate('nobody runs', what);
  if (!run.policy.includes(id as never)) violate('outside the filter', what);
  if (is !== undefined && !book.made.has(keyOf(id, is.material))) violate('unknown key', `${what}: ${is.material}`);
  if (run.primary === site.name && run.decided !== id)
    violate('primary changed', `${what}: ${was?.material ?? 'nothing'} became ${is?.material ?? 'nothing'}`);
  if (was === undefined) return;
  if (is !== undefined) return violate('overwritten', `${what}: ${was.material} by ${is.material}`);
  judgeDeletion(book, sites, site, was, what);
}

/** A key goes: its keeper at another site took it away, it is archived, and it is within the limit. */
function judgeDeletion(book: Book, sites: Sites, { name }: Site, was: Held, what: string): undefined {
  const { policy, decided } = book.run as RunNow;
  const key = keyOf(was.id, was.material);
  if (!book.archived.has(`${name} ${key}`)) violate('not archived', `${what}: ${was.material}`);
  if (decided === was.id) return void hit('deletion decided') as undefined;
  const primary = policy.sites.kind === 'one-way' ? sites[policy.sites.primary as Name] : undefined;
  if (primary && keysOn(primary).get(was.id)?.material === was.material) {
    // A key without a public part can only be replaced, by itself as the primary has it now.
    return void hit('replaced by itself') as undefined;
  }
  if (policy.deletions !== 'propagate') violate('kept', `${what}: the manifest says keep`);
  const born = book.born[name].get(key) ?? 0;
  const isWish = NAMES.some((other) => {
    const loss = book.lost[other].get(key);
    return other !== name && loss?.by === 'keeper' && loss.turn > born;
  });
  if (!isWish) {
    const elsewhere = NAMES.filter((other) => other !== name).map((other) => {
      const loss = book.lost[other].get(key);
      const there = keysOn(sites[other]).get(was.id)?.material;
      return `${other} ${there ?? `nothing (${loss?.by ?? 'never'} ${loss?.turn ?? ''})`}`;
    });
    violate('absence', `${what}: nobody took ${was.material} away (born ${born}); ${elsewhere.join(', ')}`);
  }
  hit('deletion followed');
  const count = ++book.deleted[name];
  const { keys, percent } = policy.maxDeletions;
  const most = Math.min(keys, Math.ceil((percent / 100) * book.present[name]));
  if (count > most) violate('too many deletions', `${what}: the ${count}th, ${most} of ${book.present[name]} may go`);
}

/** A key is somewhere still, unless a keeper, or a person's decision, took it away, or it went with a device's state. */
export function judgeLost(book: Book, sites: Sites, decided: ReadonlySet<string>): void {
  const there = new Set(
    NAMES.flatMap((name) => [...keysOn(sites[name]).values()].map(({ id, material }) => keyOf(id, material))),
  );
  for (const key of book.made) {
    if (there.has(key) || decided.has(key.split(' ')[0] as string)) continue;
    const losses = NAMES.map((name) => book.lost[name].get(key)?.by);
    if (losses.includes('keeper') || !losses.includes('engine')) continue;
    violate('lost', `${key} is nowhere, and no keeper took it away: ${losses.join(', ')}`);
  }
}

const shownAs = ({ material, tags, label, certificate }: Held): string =>
  JSON.stringify([material, [...tags].sort(), label, certificate]);

/** All sites hold the same, but for what is shown. */
export function judgeSame(policy: Policy, sites: Sites, shown: ReadonlySet<string>): void {
  const all = NAMES.map((name) => keysIn(sites[name].machine.store, sites[name].beginning.domainKey));
  for (const id of new Set(all.flatMap((keys) => [...keys.keys()]))) {
    if (!policy.includes(id as never)) continue;
    const held = all.map((keys) => keys.get(id));
    if (shown.has(id)) {
      hit('shown at the end');
      continue;
    }
    if (held.some((one) => one?.standIn)) violate('stand-in left', id);
    const facts = held.map((one) => (one === undefined ? 'nothing' : shownAs(one)));
    if (new Set(facts).size > 1)
      violate('not the same', `${id}: ${NAMES.map((n, i) => `${n} ${facts[i]}`).join(', ')}`);
  }
}
