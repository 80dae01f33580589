/** What goes wrong: on the way, on the devices, and with the engine's own process. */
import { APPENDED_MESSAGE } from '../../../core/device/restore.ts';
import { createGate } from '../../../practice/gate.ts';
import type { FaultKind } from '../../../practice/index.ts';
import { PROXY_PAGE } from '../../../practice/index.ts';
import { powerCycle } from '../../../practice/power.ts';
import type { Store } from '../../../practice/store.ts';
import { ADMIN } from '../../support/sites.ts';
import type { Controller } from '../controller.ts';
import type { DeviceName, Site, Sites } from '../devices.ts';
import type { Asked } from '../network/call-node.ts';
import type { Fate, Line } from '../network/send.ts';
import { NAMESPACE, REPLICATOR } from '../people.ts';
import type { Lie, Story } from '../story.ts';
import { hit, later, note, world } from '../world/world.ts';
import { makeSome } from './keepers.ts';

/** The state of the world's troubles. Each has an end of its own. */
export interface Weather {
  /** Devices that a controller does not reach, until when: `oslo bergen`. */
  partitions: Map<string, number>;
  /** What is to be made good, and when. */
  repairs: { at: number; what: string; repair(): void }[];
  /** Old states of devices that somebody may restore. */
  kept: Map<DeviceName, Store>;
  /** Devices on which our N-Administrator has the other passphrase now. */
  changed: Set<DeviceName>;
  /** States of devices in which our N-Administrator has the other passphrase. */
  otherPassphrase: WeakSet<Store>;
  /** No more troubles: the story comes to its end. */
  over: boolean;
}

export const createWeather = (): Weather => ({
  partitions: new Map(),
  repairs: [],
  kept: new Map(),
  changed: new Set(),
  otherPassphrase: new WeakSet(),
  over: false,
});

const FAULTS = {
  slow: 3,
  'cut-before': 3,
  'cut-after': 4,
  'cut-answer': 2,
  'stall-answer': 1,
  'reset-in-body': 1,
  unconnected: 2,
  'answer 412': 1,
  'answer 500': 2,
  'answer 503': 1,
  proxy: 1,
  lie: 4,
} as const;

/** What becomes of a request of the engine. */
export function fateOf(story: Story, weather: Weather, line: Line, asked: Asked): Fate {
  const { weather: chance } = world().chance;
  if (isCut(weather, line)) {
    hit('partition');
    return { kind: 'unconnected', code: chance.pick(['EHOSTUNREACH', 'ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT']) };
  }
  if (weather.over) return { kind: 'pass' };
  // Writes are few, and what goes wrong with them matters most.
  const weight = asked.method === 'GET' ? 1 : 5;
  if (chance.chance(story.rates.crash * weight)) {
    const effect = chance.chance(0.5);
    hit(`crash ${effect ? 'after' : 'before'} a request`);
    return { kind: 'crash', effect };
  }
  if (chance.chance(story.rates.lies)) return lieOf(asked, story.lie);
  if (chance.chance(story.rates.resets)) return resetOf(weather, line, asked);
  if (!chance.chance(story.rates.faults * weight)) return { kind: 'pass' };
  const name = chance.weighted(FAULTS);
  if (name === 'lie') return lieOf(asked);
  if (name === 'reset-in-body') return resetOf(weather, line, asked);
  hit(name);
  note(`  fault ${name} at ${asked.method} ${asked.path}`);
  if (name === 'unconnected') return { kind: 'unconnected', code: 'ECONNREFUSED' };
  return { kind: 'fault', fault: faultOf(name) };
}

/** The connection of a restore body is reset on its way: the device takes no writes until somebody restores it whole. */
function resetOf(weather: Weather, line: Line, { path, body }: Asked): Fate {
  if (!isRestore(path)) return { kind: 'pass' };
  hit('reset-in-body');
  note(`  the body is reset on its way to ${line.device}`);
  repairLater(weather, 1_800_000, `${line.device} takes writes again`, () => unblock(line.node.machine));
  const bytes = world().chance.weather.below(body.length);
  return { kind: 'fault', fault: { kind: 'reset-in-body', bytes } };
}

const isRestore = (path: string): boolean => path.endsWith('/system/restore');

const isDeletion = /\/keys\/[^/]+$/;
/** Lies about leases would only hold everybody up, and without our own N-Administrator nothing begins. */
const isUser = /\/users\/[^/]+(?<!-lease|~replicator)$/;

const APPENDED: FaultKind = { kind: 'answer', status: 400, body: JSON.stringify({ message: APPENDED_MESSAGE }) };

/** What a device may say that it did, and did not: the entries of an append are dropped, a key or user is not deleted, a user not made. */
const LIES: Readonly<Record<Lie, { method: string; path: RegExp; fault: FaultKind }>> = {
  append: { method: 'POST', path: /\/system\/restore$/, fault: APPENDED },
  deletion: { method: 'DELETE', path: isDeletion, fault: { kind: 'answer', status: 204 } },
  removal: { method: 'DELETE', path: isUser, fault: { kind: 'answer', status: 204 } },
  user: { method: 'PUT', path: isUser, fault: { kind: 'answer', status: 201 } },
};

/** A lie of a kind, or of any. */
function lieOf({ method, path }: Asked, kind?: Lie): Fate {
  const found = Object.entries(LIES).find(
    ([name, lie]) => (kind ?? name) === name && lie.method === method && lie.path.test(path),
  );
  if (found === undefined) return { kind: 'pass' };
  const [name, { fault }] = found;
  hit(`lie: ${name}`);
  note(`  lie at ${method} ${path}`);
  return { kind: 'fault', fault };
}

function faultOf(name: Exclude<keyof typeof FAULTS, 'unconnected' | 'lie' | 'reset-in-body'>): FaultKind {
  const { weather: chance } = world().chance;
  if (name === 'slow') return { kind: 'slow', ms: chance.below(40_000) };
  if (name === 'cut-answer' || name === 'stall-answer') return { kind: name, bytes: chance.below(60) };
  if (name === 'proxy') return PROXY_PAGE;
  if (name === 'answer 412') return { kind: 'answer', status: 412, body: '{"message":"Service not available"}' };
  if (name === 'answer 500')
    return { kind: 'answer', status: 500, body: '{"message":"Could not read from database. Check logs."}' };
  if (name === 'answer 503') return { kind: 'answer', status: 503 };
  return { kind: name };
}

export const isCut = ({ partitions }: Weather, { life, device }: Line): boolean =>
  (partitions.get(`${life.who.split('#')[0]} ${device}`) ?? 0) > world().now;

/** As a whole restore would: writes are taken again; what waited is gone with its connection. */
const unblock = (machine: Site['machine']): void => {
  machine.gate = createGate();
};

function repairLater({ repairs }: Weather, ms: number, what: string, repair: () => void): void {
  repairs.push({ at: world().now + ms, what, repair });
}

/** Makes good what is due; all of it when the story comes to its end. */
export function repairDue(weather: Weather, all = false): void {
  const due = weather.repairs.filter(({ at }) => all || at <= world().now);
  weather.repairs = weather.repairs.filter((repair) => !due.includes(repair));
  for (const { what, repair } of due) {
    note(`  ${what}`);
    repair();
  }
}

/** An R-Administrator deletes the namespace and makes it again: its users are still there, its keys are not. */
function recreateNamespace({ ask, machine }: Site): boolean {
  const path = `/namespaces/${NAMESPACE}`;
  if (!machine.store.has(`/namespace/${NAMESPACE}`)) return false;
  ask('DELETE', path, ADMIN);
  ask('PUT', path, ADMIN);
  return true;
}

/** Somebody changes the passphrase of our own N-Administrator, and later back. */
function changeReplicator(weather: Weather, site: Site, ms: number): void {
  changeTo(site, REPLICATOR.passphrase, OTHER_PASSPHRASE).then((done) => {
    if (!done) return;
    weather.changed.add(site.name);
    changeBackLater(weather, site, ms);
  });
}

async function changeTo(site: Site, from: string, to: string): Promise<boolean> {
  const own = { user: REPLICATOR.user, passphrase: from };
  return (await site.ask('POST', `/users/${REPLICATOR.user}/passphrase`, own, { passphrase: to })).status < 300;
}

function changeBackLater(weather: Weather, site: Site, ms: number): void {
  repairLater(weather, ms, `the replicator's passphrase on ${site.name} is to be what it was`, () => {
    if (!weather.changed.has(site.name)) return;
    changeTo(site, OTHER_PASSPHRASE, REPLICATOR.passphrase).then((done) => {
      if (done) weather.changed.delete(site.name);
      // Punished for what the engine tried, or no room: once more, then.
      else changeBackLater(weather, site, 5_000);
    });
  });
}
const OTHER_PASSPHRASE = 'otherPassphrase1';

const TROUBLES = {
  namespace: 1,
  passphrase: 1,
  partition: 4,
  reboot: 3,
  failed: 2,
  'disk full': 1,
  rollback: 1,
  keep: 3,
  'clock jump': 2,
  'device clock': 1,
} as const;

/** The rare thing that a story is about: a device goes back in time, or loses its namespace, just before a run. Gives whether it happened now. */
export function followPlot(story: Story, weather: Weather, primary: Site, replica: Site, round: number): boolean {
  const { plot } = story;
  if (plot === 'restored' && round === 0) keepState(weather, primary);
  if (plot === 'two heads' && round === 0) keepState(weather, replica);
  const done =
    (plot === 'restored' && round > 0 && putBackOld(weather, primary)) ||
    // By then it is primary.
    (plot === 'two heads' && round === 1 && putBackOld(weather, primary)) ||
    (plot === 'exchanged' && round > 0 && world().chance.weather.chance(0.6) && putBackOld(weather, primary)) ||
    (plot === 'emptied' && recreateNamespace(primary));
  if (!done) return false;
  note(`  plot: ${plot} (${primary.name})`);
  hit(`plot: ${plot}`);
  // A listing of nothing is no ground for a deletion; a short one is.
  if (plot === 'emptied' && world().chance.actors.chance(0.5)) makeSome(story, primary);
  return true;
}

/** What happens while nobody replicates: an old state is kept, or comes back; the namespace is made anew. */
export function happenBetween(weather: Weather, sites: Sites): void {
  const { weather: chance } = world().chance;
  for (const site of Object.values(sites)) {
    const what = chance.weighted({ nothing: 80, keep: 12, rollback: 6, namespace: 2 });
    if (what === 'keep') keepState(weather, site);
    const done =
      (what === 'namespace' && recreateNamespace(site)) || (what === 'rollback' && putBackOld(weather, site));
    if (!done) continue;
    note(`  between runs: ${what} (${site.name})`);
    hit(what);
  }
}

function keepState(weather: Weather, site: Site): void {
  const state = site.practice.snapshot();
  weather.kept.set(site.name, state);
  if (weather.changed.has(site.name)) weather.otherPassphrase.add(state);
}

function putBackOld(weather: Weather, site: Site): boolean {
  const old = weather.kept.get(site.name);
  if (old === undefined) return false;
  const wasOther = weather.changed.has(site.name);
  site.practice.rollBack(old);
  const isOther = weather.otherPassphrase.has(old);
  if (isOther) weather.changed.add(site.name);
  else weather.changed.delete(site.name);
  if (isOther && !wasOther) changeBackLater(weather, site, 60_000);
  return true;
}

/** The state of a device is kept at some moment, unless one of before is. */
export function keepWithin(weather: Weather, site: Site, ms: number): void {
  const { weather: chance } = world().chance;
  later(chance.below(ms), () => {
    if (!weather.over && (!weather.kept.has(site.name) || chance.chance(0.3))) keepState(weather, site);
  });
}

/** A device goes back at some moment: to a state of just before, which may bear the same marks, or to an old one. */
export function goBackWithin(weather: Weather, site: Site, ms: number): void {
  const { weather: chance } = world().chance;
  const at = chance.below(ms);
  const before = Math.max(0, at - chance.below(40_000));
  if (chance.chance(0.7)) later(before, () => void (!weather.over && keepState(weather, site)));
  later(at, () => {
    if (weather.over || !putBackOld(weather, site)) return;
    note(`  ${site.name} goes back in time`);
    hit('rollback in a run');
  });
}

/** Something happens to a device or on the way to it. */
export function trouble(weather: Weather, sites: Sites, controllers: Controller[]): void {
  const { weather: chance } = world().chance;
  const site = chance.pick(Object.values(sites));
  const what = chance.weighted(TROUBLES);
  const ms = chance.pick([5_000, 60_000, 600_000]);
  const node = chance.pick(site.nodes);
  const controller = chance.pick(controllers);
  if (what === 'keep') {
    keepState(weather, site);
    return;
  }
  if (what === 'rollback') {
    if (!putBackOld(weather, site)) return;
  } else if (what === 'namespace') {
    if (!recreateNamespace(site)) return;
  } else if (what === 'passphrase') changeReplicator(weather, site, ms);
  else if (what === 'partition') weather.partitions.set(`${controller.name} ${site.name}`, world().now + ms);
  else if (what === 'reboot') {
    const { domainKey } = site.beginning;
    powerCycle(node);
    repairLater(weather, ms, `${node.deviceId} is unlocked`, () =>
      Object.assign(node, { health: 'Operational', domainKey }),
    );
  } else if (what === 'failed') {
    node.health = 'Failed';
    repairLater(weather, ms, `${node.deviceId} is well again`, () => {
      node.health = node.domainKey === undefined ? 'Locked' : 'Operational';
    });
  } else if (what === 'disk full') {
    site.practice.setDiskFull(true);
    repairLater(weather, ms, `${site.name} has room again`, () => site.practice.setDiskFull(false));
  } else if (what === 'clock jump') {
    controller.clockOffset += chance.pick([-3_600_000, -60_000, 60_000, 3_600_000, 86_400_000]);
  } else node.timeOffset += chance.pick([-3_600_000, 3_600_000]);
  note(`  trouble: ${what} (${site.name}, ${controller.name}, ${ms} ms)`);
  hit(what);
}
