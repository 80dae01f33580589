import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOT } from '../../core/names.ts';
import { isProblem, Problem } from '../../core/problem.ts';
import type { LinkObservation, PlanInput } from '../../core/replication/plan/input.ts';
import type { NamespacePlan } from '../../core/replication/plan/plan.ts';
import { planNamespace } from '../../core/replication/plan/plan-namespace.ts';
import type { Policy } from '../../core/replication/policy.ts';
import type { DeviceRole, RoleView } from '../../core/replication/roles/read-roles.ts';
import {
  bothWrite,
  input,
  key,
  keyId,
  observation,
  policy,
  record,
  role,
  roles,
  state,
  userName,
  view,
} from './plan-parts.ts';

/** Something is always to be done: one key is new on oslo. */
const NEW = [{ id: keyId('a'), right: state(key('one')) }];

function planned(
  devices: DeviceRole[],
  over: { roles?: Partial<RoleView>; policy?: Policy; seen?: Partial<LinkObservation> } = {},
): NamespacePlan {
  const seen: Partial<LinkObservation> = { triples: NEW, ...over.seen };
  return planNamespace(input(seen, { policy: over.policy ?? policy(), roles: roles(devices, over.roles) }));
}

const kinds = ({ steps }: NamespacePlan): string => steps.map(({ kind, device }) => `${kind} ${device}`).join(', ');
const alarmed = ({ alarms }: NamespacePlan): string => alarms.map(({ kind, device }) => `${kind} ${device}`).join(', ');

const unreached = new Problem({ kind: 'unreachable', place: 'bergen', cause: 'no answer', remedy: 'Wait' });

test('a first run establishes epoch 1 on the primary, brings it to the others, and goes on', () => {
  const none = { record: undefined };
  const plan = planned([role('oslo', none), role('bergen', none)]);
  assert.equal(kinds(plan), 'establish oslo, record bergen, create bergen');
  assert.deepEqual(plan.steps[0], { kind: 'establish', namespace: 'payments', device: 'oslo', primaries: ['oslo'] });
  assert.deepEqual(plan.steps[1], { kind: 'record', namespace: 'payments', device: 'bergen', epoch: 1 });
  const two = planned([role('oslo', none), role('bergen', none)], { policy: bothWrite() });
  assert.deepEqual(two.steps[0], {
    kind: 'establish',
    namespace: 'payments',
    device: 'bergen',
    primaries: ['bergen', 'oslo'],
  });
});

test('a first run waits for all devices: one that is away may hold a record', () => {
  const none = { record: undefined };
  for (const away of [
    role('bergen', { ...none, reachable: false, problem: unreached }),
    role('bergen', { ...none, problem: unreached }),
    role('bergen', { ...none, reachable: false }),
  ]) {
    const plan = planned([role('oslo', none), away]);
    assert.deepEqual([kinds(plan), plan.held[0]?.device], ['', 'bergen']);
    assert.match(plan.held[0]?.reason ?? '', /bergen can not be asked: the first run needs all devices/);
  }
});

test('a first run makes nobody primary where only we could write, while the keepers are on a device to be locked', () => {
  const kept = role('bergen', { record: undefined, keepers: [userName('zoe')] });
  const plan = planned([role('oslo', { record: undefined }), kept]);
  assert.deepEqual([kinds(plan), plan.held[0]?.device], ['', 'oslo']);
  assert.match(plan.held[0]?.reason ?? '', /keepers are on bergen only/);
  const both = planned([role('oslo', { record: undefined, keepers: [userName('zoe')] }), kept]);
  assert.match(kinds(both), /^establish oslo/);
});

test('a manifest that names another primary than the record is refused', () => {
  const refused = (wanted: Policy, primaries: string[], words: RegExp): void => {
    const devices = [
      role('oslo', { record: record({ primaries }) }),
      role('bergen', { record: record({ primaries }) }),
    ];
    assert.throws(
      () => planned(devices, { policy: wanted }),
      (error) => isProblem(error, 'refused') && words.test(error.message),
    );
  };
  refused(
    policy(),
    ['bergen'],
    /manifest says primary oslo, .* says bergen \(epoch 7\).*promote --namespace payments --device oslo/,
  );
  refused(policy(), ['bergen', 'oslo'], /says bergen, oslo/);
  refused(bothWrite(), ['oslo'], /manifest says primary bergen, oslo/);
  refused(policy({ namespace: ROOT }), ['bergen'], /promote --root --device oslo/);
  const turned = record({ primaries: ['oslo', 'bergen'] });
  const plan = planned([role('oslo', { record: turned }), role('bergen', { record: turned })], { policy: bothWrite() });
  assert.equal(kinds(plan), 'create bergen', 'the order of names does not matter');
});

test('split brain stops everything, whoever noticed it', () => {
  const devices = [role('oslo'), role('bergen', { record: record({ nonce: '77777777', primaries: ['bergen'] }) })];
  for (const splitBrain of [true, false]) {
    const plan = planned(devices, { roles: { splitBrain } });
    assert.equal(kinds(plan), '');
    assert.equal(alarmed(plan), 'split-brain oslo, split-brain bergen');
    assert.match(plan.alarms[0]?.text ?? '', /epoch 7 was claimed twice: oslo says oslo .*; bergen says bergen/);
  }
  const journal = planned([role('oslo'), role('bergen')], { roles: { splitBrain: true } });
  const one = planned([role('oslo'), role('bergen', { record: undefined })], { roles: { splitBrain: true } });
  assert.deepEqual([kinds(journal), kinds(one), alarmed(one)], ['', '', 'split-brain oslo']);
  assert.match(one.alarms[0]?.text ?? '', /the journal knows another claim/);
});

test('a replica without the record, or with an older one, gets it and goes on', () => {
  for (const own of [undefined, record({ epoch: 5 })]) {
    const plan = planned([role('oslo'), role('bergen', { record: own })]);
    assert.equal(kinds(plan), 'record bergen, create bergen');
    assert.deepEqual(plan.steps[0], { kind: 'record', namespace: 'payments', device: 'bergen', epoch: 7 });
  }
});

test('an old primary that comes back is left alone until it rejoins', () => {
  const plan = planned([role('oslo'), role('bergen', { record: record({ epoch: 6, primaries: ['bergen'] }) })]);
  assert.deepEqual([kinds(plan), alarmed(plan)], ['', 'older-epoch bergen']);
  assert.match(plan.alarms[0]?.text ?? '', /bergen is in epoch 6, primary bergen; epoch 7, primary oslo rules/);
  assert.match(plan.alarms[0]?.remedy ?? '', /rejoin --namespace payments --device bergen/);
});

test('that is so whichever name sorts first', () => {
  const ruling = record({ primaries: ['bergen'] });
  const devices = [role('bergen', { record: ruling }), role('oslo', { record: record({ epoch: 6 }) })];
  const wanted = policy({ sites: { kind: 'one-way', primary: 'bergen', replicas: ['oslo'] } });
  const plan = planned(devices, { policy: wanted, seen: { triples: [{ id: keyId('a'), left: state(key('one')) }] } });
  assert.deepEqual([kinds(plan), alarmed(plan)], ['', 'older-epoch oslo']);
});

test('where several write, a site with an older record gets the new one', () => {
  const ruling = record({ primaries: ['bergen', 'oslo'] });
  const devices = [
    role('oslo', { record: ruling }),
    role('bergen', { record: record({ epoch: 6, primaries: ['bergen'] }) }),
  ];
  assert.equal(kinds(planned(devices, { policy: bothWrite() })), 'record bergen, create bergen');
});

test('the primary by another device’s record gets it too, unless it was restored', () => {
  const devices = [role('oslo', { record: undefined }), role('bergen')];
  assert.equal(kinds(planned(devices)), 'record oslo, create bergen');
  const seen = { triples: NEW, right: view('oslo', { judgement: 'restored' }) };
  const restored = planned(devices, { seen });
  assert.deepEqual([kinds(restored), alarmed(restored)], ['create bergen', 'restored oslo']);
  assert.match(restored.alarms[0]?.remedy ?? '', /promote the device whose state is right/);
});

test('an epoch that only the journal knows stops everything', () => {
  const plan = planned([role('oslo'), role('bergen')], { roles: { epoch: 9, primaries: [] } });
  assert.deepEqual([kinds(plan), alarmed(plan)], ['', 'older-epoch oslo, older-epoch bergen']);
  assert.match(plan.alarms[0]?.text ?? '', /oslo is in epoch 7, primary oslo; epoch 9 rules/);
  const away = role('bergen', { record: undefined, reachable: false, problem: unreached });
  const none = planned([role('oslo', { record: undefined }), away], { roles: { epoch: 9 } });
  assert.equal(alarmed(none), 'older-epoch oslo');
  assert.match(none.alarms[0]?.text ?? '', /oslo has no role record/);
});

const keepers = [userName('zoe'), userName('adam')];

test('a replica with keepers is locked last, and the alarm says when they came back', () => {
  const devices = [role('oslo', { keepers }), role('bergen', { keepers })];
  const plan = planned(devices);
  assert.equal(kinds(plan), 'create bergen, lock bergen');
  assert.deepEqual(plan.steps[1], { kind: 'lock', namespace: 'payments', device: 'bergen', users: ['adam', 'zoe'] });
  assert.equal(alarmed(plan), '');
  const back = planned(devices, { seen: { left: view('bergen', { lockedBefore: true }) } });
  assert.deepEqual([kinds(back), alarmed(back)], ['create bergen, lock bergen', 'keeper-back bergen']);
  assert.match(back.alarms[0]?.text ?? '', /adam, zoe can write on the replica bergen again/);
});

test('without a second place for their archive, keepers stay, and that is said', () => {
  const { backups: _, ...without } = policy();
  const plan = planned([role('oslo', { keepers }), role('bergen', { keepers })], { policy: without });
  assert.deepEqual([kinds(plan), alarmed(plan)], ['create bergen', 'not-locked bergen']);
  assert.match(plan.alarms[0]?.remedy ?? '', /Add `backups.directory` to payments/);
});

test('the last device with keepers is not locked: nobody could write any more', () => {
  const plan = planned([role('oslo'), role('bergen', { keepers })]);
  assert.deepEqual([kinds(plan), alarmed(plan)], ['create bergen', 'not-locked bergen']);
  assert.match(plan.alarms[0]?.text ?? '', /the primary oslo has no keeper/);
});

test('nobody is locked out of a primary, of a writing site, of the root, or of a device that is left alone', () => {
  const devices = [role('oslo', { keepers }), role('bergen', { keepers })];
  const two = devices.map((device) => ({ ...device, record: record({ primaries: ['bergen', 'oslo'] }) }));
  assert.equal(kinds(planned(two, { policy: bothWrite() })), 'create bergen');
  assert.equal(kinds(planned(devices, { policy: policy({ namespace: ROOT }) })), 'create bergen');
  assert.equal(kinds(planned(devices, { seen: { left: view('bergen', { domain: 'other' }) } })), '');
  const old = [role('oslo'), role('bergen', { keepers, record: record({ epoch: 6, primaries: ['bergen'] }) })];
  assert.equal(kinds(planned(old)), '');
});

test('another Domain Key: nothing sealed is sent, unless keys are imported', () => {
  const seen = { triples: NEW, left: view('bergen', { domain: 'other' }) };
  const plan = planned([role('oslo'), role('bergen')], { seen });
  assert.deepEqual([kinds(plan), alarmed(plan)], ['', 'wrong-domain bergen']);
  assert.match(plan.alarms[0]?.remedy ?? '', /pair --from oslo --to bergen/);
  const imported = planned([role('oslo'), role('bergen')], { seen, policy: policy({ transfer: 'import' }) });
  assert.deepEqual([kinds(imported), alarmed(imported)], ['create bergen', '']);
});

test('a restored device is told once, however many links it is part of', () => {
  const restored = view('oslo', { judgement: 'restored' });
  const replicas = ['bergen', 'drammen'];
  const observations = replicas.map((device) =>
    observation({
      link: { namespace: policy().namespace, left: device, right: 'oslo' },
      left: view(device),
      right: restored,
    }),
  );
  const wanted: PlanInput = {
    policy: policy({ sites: { kind: 'one-way', primary: 'oslo', replicas } }),
    roles: roles([role('oslo'), role('bergen'), role('drammen')]),
    observations,
  };
  assert.equal(alarmed(planNamespace(wanted)), 'restored oslo');
});

test('the premises are what the plan was made from', () => {
  const plan = planned([role('oslo'), role('bergen')], {
    seen: { left: view('bergen', { mark: undefined, judgement: 'first' }) },
  });
  assert.deepEqual(plan.premises, {
    epoch: 7,
    nonce: '3f2a9c01',
    devices: {
      bergen: { domain: 'd0', deviceIds: ['id-of-bergen'], generation: 0, markNonce: '' },
      oslo: { domain: 'd0', deviceIds: ['id-of-oslo'], generation: 4, markNonce: 'aaaaaaaa' },
    },
  });
});
