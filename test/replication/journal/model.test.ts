import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { compareIds } from '../../../core/inventory/item.ts';
import type { KeyId, Namespace } from '../../../core/names.ts';
import type { Base, Journal, Link, OpenStep, RunRecord, Seen } from '../../../core/replication/journal/journal.ts';
import { linkOf } from '../../../core/replication/journal/journal.ts';
import { openJournal } from '../../../core/replication/journal/open-journal.ts';
import fc from '../../support/laws.ts';
import { baseWith } from './sample.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const namespaces = ['', 'payments', 'iot'] as Namespace[];
const namespace = fc.constantFrom(...namespaces);
const device = fc.constantFrom('oslo', 'bergen', 'tromso');
const links = namespaces.flatMap((one) => [linkOf(one, 'oslo', 'bergen'), linkOf(one, 'tromso', 'bergen')]);
const link = fc.constantFrom(...links);
const id = fc.stringMatching(/^[A-Ca-c0-1][-._a-c]{0,2}$/).map((text) => text as KeyId);
const small = fc.nat(200);

/** The same in plain memory. */
interface Model {
  bases: Map<string, Map<KeyId, Base>>;
  seen: Map<string, Seen>;
  epochs: Map<string, { epoch: number; nonce: string }>;
  steps: OpenStep[];
  runs: Map<string, RunRecord>;
  unreachable: Map<string, { at: number; lastTried: number; reason: string }>;
  paused: Map<string, { at: number; by: string }>;
}
const name = (of: Link): string => JSON.stringify(of);

type Act = (journal: Journal, model: Model) => void;

const plain = { noNullPrototype: true };
const seen: fc.Arbitrary<Seen> = fc.record(
  {
    at: small,
    domain: fc.constantFrom('d1', 'd2'),
    deviceIds: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
    mark: fc.option(fc.record({ generation: small, nonce: fc.constant('00ff') }, plain), { nil: undefined }),
    pendingMark: fc.option(fc.record({ generation: small, nonce: fc.constant('ff00') }, plain), { nil: undefined }),
    counters: fc.option(fc.array(fc.record({ kvWrite: small, uptime: small }, plain), { maxLength: 2 }), {
      nil: undefined,
    }),
    keys: small,
  },
  plain,
);

const acts: fc.Arbitrary<Act>[] = [
  fc.tuple(link, fc.array(fc.tuple(id, small), { maxLength: 30 })).map(([to, list]) => (journal, model) => {
    const bases = list.map(([key, n]) => baseWith(key, n));
    journal.putBases(to, bases);
    const there = model.bases.get(name(to)) ?? new Map();
    for (const base of bases) there.set(base.id, base);
    model.bases.set(name(to), there);
  }),
  fc.tuple(link, fc.array(id, { maxLength: 10 })).map(([to, ids]) => (journal, model) => {
    journal.dropBases(to, ids);
    for (const one of ids) model.bases.get(name(to))?.delete(one);
  }),
  link.map((to) => (journal, model) => {
    journal.forgetBases(to);
    model.bases.delete(name(to));
  }),
  fc.tuple(namespace, device, seen).map(([of, on, value]) => (journal, model) => {
    journal.putSeen(of, on, value);
    model.seen.set(`${of}/${on}`, value);
  }),
  fc.tuple(namespace, fc.nat(5), fc.constantFrom('aa', 'bb')).map(([of, epoch, nonce]) => (journal, model) => {
    journal.putEpoch(of, { epoch, nonce });
    if (epoch >= (model.epochs.get(of)?.epoch ?? 0)) model.epochs.set(of, { epoch, nonce });
  }),
  fc.tuple(namespace, device, small).map(([of, on, at]) => (journal, model) => {
    const opened = { namespace: of, kind: 'create', device: on, detail: { ids: ['a', at] }, at };
    const step = journal.openStep(opened);
    assert.ok(model.steps.every((other) => other.step < step));
    model.steps.push({ step, ...opened });
  }),
  fc.nat(10).map((n) => (journal, model) => {
    const [closed] = model.steps.splice(n, 1);
    if (closed !== undefined) journal.closeStep(closed.step);
  }),
  fc.tuple(link, small, fc.boolean()).map(([to, at, ok]) => (journal, model) => {
    const figures = { asked: 3, done: 2, verified: 1, conflicts: 0, held: 4 };
    const run = { startedAt: at, endedAt: at + 1, ok, ...figures, ...(ok ? { inSyncAt: at } : { problem: 'oslo: …' }) };
    journal.putRun(to, run);
    model.runs.set(name(to), run);
  }),
  fc.tuple(device, small, fc.constantFrom('refused', 'timed out')).map(([on, at, reason]) => (journal, model) => {
    journal.noteUnreachable(on, at, reason);
    model.unreachable.set(on, { at: model.unreachable.get(on)?.at ?? at, lastTried: at, reason });
  }),
  device.map((on) => (journal, model) => {
    journal.noteReachable(on);
    model.unreachable.delete(on);
  }),
  fc.tuple(namespace, small, fc.constantFrom('a@b', 'c@d')).map(([of, at, by]) => (journal, model) => {
    journal.pause(of, by, at);
    if (!model.paused.has(of)) model.paused.set(of, { at, by });
  }),
  namespace.map((of) => (journal, model) => {
    journal.resume(of);
    model.paused.delete(of);
  }),
];

function requireSame(journal: Journal, model: Model): void {
  for (const to of links) {
    const wanted = [...(model.bases.get(name(to))?.values() ?? [])].sort((a, b) => compareIds(a.id, b.id));
    assert.deepEqual([...journal.bases(to)].flat(), wanted);
    assert.equal(journal.countBases(to), wanted.length);
    for (const base of wanted) assert.deepEqual(journal.base(to, base.id), base);
    assert.equal(journal.base(to, 'zzz' as KeyId), undefined);
    assert.deepEqual(journal.lastRun(to), model.runs.get(name(to)));
  }
  for (const of of namespaces) {
    assert.deepEqual(journal.epoch(of), model.epochs.get(of));
    assert.deepEqual(journal.paused(of), model.paused.get(of));
    assert.deepEqual(
      journal.openSteps(of),
      model.steps.filter((step) => step.namespace === of),
    );
    for (const on of ['oslo', 'bergen', 'tromso']) {
      assert.deepEqual(journal.seen(of, on), model.seen.get(`${of}/${on}`));
    }
  }
  assert.deepEqual(journal.openSteps(), model.steps);
  for (const on of ['oslo', 'bergen', 'tromso'])
    assert.deepEqual(journal.unreachableSince(on), model.unreachable.get(on));
}

let files = 0;

test('a journal remembers what a plain memory would, also when it is closed and opened between', () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(...acts), fc.boolean()), { maxLength: 40 }), (sequence) => {
      const file = join(folder, `${files++}.sqlite`);
      const model: Model = {
        ...{ bases: new Map(), seen: new Map(), epochs: new Map(), steps: [] },
        ...{ runs: new Map(), unreachable: new Map(), paused: new Map() },
      };
      let { journal } = openJournal(file);
      try {
        for (const [act, reopen] of sequence) {
          act(journal, model);
          if (!reopen) continue;
          journal.close();
          const again = openJournal(file);
          assert.equal(again.warning, undefined);
          journal = again.journal;
        }
        requireSame(journal, model);
      } finally {
        journal.close();
      }
    }),
    { numRuns: 60 },
  ));
