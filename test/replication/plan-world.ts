import assert from 'node:assert/strict';
import type { KeyFacts } from '../../core/key-facts.ts';
import type { KeyId } from '../../core/names.ts';
import { keptBases } from '../../core/replication/apply/kept-bases.ts';
import { type Base, type Link, linkOf } from '../../core/replication/journal/journal.ts';
import { baseOfStates, withFacts } from '../../core/replication/observe/base-facts.ts';
import { relationOf } from '../../core/replication/plan/change.ts';
import type { LinkObservation, SideState, SideView, Triple } from '../../core/replication/plan/input.ts';
import type { NamespacePlan, Step } from '../../core/replication/plan/plan.ts';
import { planNamespace } from '../../core/replication/plan/plan-namespace.ts';
import { devicesOf, type Policy } from '../../core/replication/policy.ts';
import { bytes, key, keyId, PAYMENTS, record, role, roles, userName, view } from './plan-parts.ts';

/** A key as a device has it: `is` tells it from every other key, also where its facts don't. */
interface Stored {
  is: string;
  facts: KeyFacts;
  written: string;
}

type Store = Map<string, Stored>;

/** Some sites in memory, and what we remember of them: just enough to carry plans out and plan again. */
export interface World {
  policy: Policy;
  /** Whether keepers write on replicas too. */
  locked: boolean;
  stores: Map<string, Store>;
  bases: Map<string, Map<string, Base>>;
  judgements: Map<string, SideView['judgement']>;
  writes: Map<string, number>;
  generation: number;
  /** Counts everything that must be new: keys, written bytes. */
  next: number;
  /** Keys that a keeper deleted, moved or made anew somewhere, by `is`. */
  released: Set<string>;
}

export function openWorld(policy: Policy, locked: boolean): World {
  const devices = devicesOf(policy);
  return {
    policy,
    locked,
    stores: new Map(devices.map((device) => [device, new Map()])),
    bases: new Map(),
    judgements: new Map(),
    writes: new Map(devices.map((device) => [device, 0])),
    generation: 1,
    next: 1,
    released: new Set(),
  };
}

/** What keepers, applications and bad luck may do. */
export interface Act {
  kind: 'add' | 'addGeneric' | 'delete' | 'tag' | 'label' | 'use' | 'move' | 'remake' | 'stranger' | 'uncounted';
  site: number;
  id: number;
}

export function act(world: World, { kind, site, id }: Act): void {
  const devices = devicesOf(world.policy);
  const device = devices[site % devices.length] ?? '';
  const store = storeOf(world, device);
  const name = `k${id}`;
  const found = store.get(name);
  const { sites } = world.policy;
  if (world.locked && sites.kind === 'one-way' && device !== sites.primary && kind !== 'use' && kind !== 'stranger')
    return;
  const write = (facts: KeyFacts, is: string): void => {
    store.set(name, { is, facts, written: `w${world.next++}` });
    world.writes.set(device, (world.writes.get(device) ?? 0) + 1);
  };
  if (kind === 'stranger') world.judgements.set(device, 'other');
  else if (kind === 'uncounted') world.writes.set(device, 0);
  else if (kind === 'add' || kind === 'addGeneric') {
    const is = `${kind === 'add' ? 'key' : 'generic'}${world.next++}`;
    if (found === undefined) write(key(is), is);
  } else if (found !== undefined) {
    const { facts, is } = found;
    if (kind === 'use')
      store.set(name, { ...found, facts: { ...facts, operations: facts.operations + 1 }, written: `w${world.next++}` });
    if (kind === 'tag') write({ ...facts, tags: [`t${world.next++}`] }, is);
    if (kind === 'label') write({ ...facts, label: `l${world.next++}` }, is);
    if (kind === 'remake') {
      world.released.add(is);
      const anew = `${is.replace(/\d+/, '')}${world.next++}`;
      write(key(anew), anew);
    }
    if (kind === 'delete' || kind === 'move') {
      world.released.add(is);
      store.delete(name);
      world.writes.set(device, (world.writes.get(device) ?? 0) + 1);
      if (kind === 'move' && !store.has(`m${id}`)) store.set(`m${id}`, { ...found, written: `w${world.next++}` });
    }
  }
}

const storeOf = (world: World, device: string): Store => world.stores.get(device) ?? new Map();

export function linksOf({ policy }: World): Link[] {
  const devices = [...devicesOf(policy)].sort();
  const pairs = devices.flatMap((a, i) => devices.slice(i + 1).map((b) => linkOf(PAYMENTS, a, b)));
  const { sites } = policy;
  return sites.kind === 'two-way' ? pairs : pairs.filter(({ left, right }) => [left, right].includes(sites.primary));
}

const basesOf = (world: World, { left, right }: Link): Map<string, Base> => {
  const name = `${left} ${right}`;
  const bases = world.bases.get(name) ?? new Map<string, Base>();
  world.bases.set(name, bases);
  return bases;
};

const stateOf = (stored: Stored | undefined): SideState | undefined =>
  stored && { facts: stored.facts, sealed: bytes(stored.written) };

export function triplesOf(world: World, link: Link): Triple[] {
  const [left, right, bases] = [storeOf(world, link.left), storeOf(world, link.right), basesOf(world, link)];
  return [...new Set([...left.keys(), ...right.keys(), ...bases.keys()])].sort().map((id) => {
    const [a, b, known] = [stateOf(left.get(id)), stateOf(right.get(id)), bases.get(id)];
    const base = known && withFacts(known, a, b);
    return { id: keyId(id), ...(a && { left: a }), ...(b && { right: b }), ...(base && { base }) };
  });
}

function observationsOf(world: World): LinkObservation[] {
  const { generation } = world;
  const side = (device: string): SideView =>
    view(device, {
      mark: { generation, nonce: 'aaaaaaaa' },
      judgement: world.judgements.get(device) ?? 'continuous',
      keys: storeOf(world, device).size,
      writeRise: world.writes.get(device),
    });
  return linksOf(world).map(
    (link): LinkObservation => ({
      link,
      left: side(link.left),
      right: side(link.right),
      triples: triplesOf(world, link),
      users: [],
      same: 0,
      newBases: [],
    }),
  );
}

export function planOf(world: World): NamespacePlan {
  const { policy } = world;
  const observations = observationsOf(world);
  const primaries = policy.sites.kind === 'one-way' ? [policy.sites.primary] : [...devicesOf(policy)].sort();
  const devices = devicesOf(policy).map((device) =>
    role(device, { record: record({ primaries }), keepers: world.locked ? [] : [userName('adam')] }),
  );
  return planNamespace({ policy, roles: roles(devices), observations });
}

/** One run: plans, does it, and remembers what was done, and what is equal afterwards. */
export function runOnce(world: World): NamespacePlan {
  const plan = planOf(world);
  const kept = observationsOf(world).flatMap((seen) =>
    keptBases(world.policy, seen, plan.extra, new Set()).map((base) => ({ link: seen.link, base })),
  );
  const touched = new Set<string>();
  for (const step of plan.steps) {
    carryOut(world, step);
    if (!('ids' in step && 'from' in step)) continue;
    const { left, right } = linkOf(PAYMENTS, step.from, step.device);
    for (const id of step.ids) touched.add(`${left} ${right} ${id}`);
  }
  world.generation += 1;
  for (const link of linksOf(world)) {
    const bases = basesOf(world, link);
    const isBelieved = [link.left, link.right].every((device) => !world.judgements.has(device));
    if (!isBelieved) bases.clear();
    for (const { id, left, right } of triplesOf(world, link)) {
      if (left === undefined && right === undefined) bases.delete(id);
      if (left === undefined || right === undefined) continue;
      if (relationOf(left, right).kind !== 'equal' && !touched.has(`${link.left} ${link.right} ${id}`)) continue;
      const generations = { leftGeneration: world.generation, rightGeneration: world.generation };
      bases.set(id, { ...baseOfStates(id, left, right), ...generations });
    }
  }
  for (const { link, base } of world.judgements.size === 0 ? kept : []) {
    const generations = { leftGeneration: world.generation, rightGeneration: world.generation };
    basesOf(world, link).set(base.id, { ...base, ...generations });
  }
  world.judgements.clear();
  if (plan.held.length === 0) for (const device of world.writes.keys()) world.writes.set(device, 0);
  return plan;
}

/** Does a step as apply does, and holds against it what must never be asked of a device. */
function carryOut(world: World, step: Step): void {
  assert.ok('ids' in step && 'from' in step, `no ${step.kind} is to be expected here`);
  const [source, target] = [storeOf(world, step.from), storeOf(world, step.device)];
  for (const id of step.ids) {
    const [from, to] = [source.get(id), target.get(id)];
    switch (step.kind) {
      case 'create':
        assert.ok(from !== undefined && to === undefined, `${id} is created over another key`);
        target.set(id, from);
        break;
      case 'update':
        // One that shows no public part may be another after all: that is the window which docs/guarantees.md tells.
        if (from?.facts.public !== undefined)
          assert.equal(to?.is, from.is, `the metadata of another key is put on ${id}`);
        update(world, target, id, from?.facts);
        break;
      case 'replace':
        assert.ok(from !== undefined && to !== undefined);
        assert.ok(from.is === to.is || world.released.has(to.is), `${id} is replaced, and nobody deleted it`);
        target.set(id, from);
        break;
      case 'delete':
        assert.ok(from === undefined && to !== undefined);
        assert.ok(world.released.has(to.is), `${id} is deleted, and nobody deleted it`);
        target.delete(id);
    }
  }
}

function update(world: World, target: Store, id: KeyId, facts: KeyFacts | undefined): void {
  const to = target.get(id);
  if (to === undefined || facts === undefined) return;
  const { operations } = to.facts;
  target.set(id, { is: to.is, facts: { ...facts, operations }, written: `w${world.next++}` });
}

/** All keys that any device holds. */
export const keysOf = (world: World): Set<string> =>
  new Set([...world.stores.values()].flatMap((store) => [...store.values()].map(({ is }) => is)));
