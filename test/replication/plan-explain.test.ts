import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOT } from '../../core/names.ts';
import { explainPlan, explainStep } from '../../core/replication/plan/explain.ts';
import type { NamespacePlan } from '../../core/replication/plan/plan.ts';
import { keyId, PAYMENTS, userName } from './plan-parts.ts';

const ids = (...names: string[]) => names.map(keyId);
const way = { namespace: PAYMENTS, from: 'oslo', device: 'bergen' };

const plan = (over: Partial<NamespacePlan> = {}): NamespacePlan => ({
  namespace: PAYMENTS,
  premises: { epoch: 7, nonce: '3f2a9c01', devices: {} },
  steps: [],
  conflicts: [],
  held: [],
  alarms: [],
  same: 40,
  extra: {},
  ...over,
});

test('a plan with nothing in it is one line', () => {
  assert.deepEqual(explainPlan(plan()), ['payments, epoch 7: nothing to do, 40 the same']);
  assert.match(explainPlan(plan({ namespace: ROOT }))[0] ?? '', /^root, /);
});

test('alarms come first with their remedy, then steps, then what waits for a person', () => {
  const lines = explainPlan(
    plan({
      steps: [{ kind: 'create', ...way, ids: ids('a', 'b', 'c', 'd', 'e', 'f') }],
      conflicts: [{ namespace: PAYMENTS, id: 'k', devices: ['bergen', 'oslo'], kind: 'other-key', reason: 'two keys' }],
      held: [
        { namespace: PAYMENTS, device: 'bergen', ids: ['g'], reason: 'no evidence' },
        { namespace: PAYMENTS, device: 'bergen', ids: [], reason: 'it is away' },
      ],
      alarms: [{ namespace: PAYMENTS, device: 'bergen', kind: 'restored', text: 'it went back', remedy: 'Look' }],
      extra: { bergen: ids('x') },
    }),
  );
  assert.deepEqual(lines, [
    'payments, epoch 7: 1 step to do, 40 the same',
    '  ALARM bergen: it went back.',
    '    Look.',
    '  create 6 keys on bergen from oslo: a, b, c, d, e, … (6)',
    '  conflict k (other-key): two keys',
    '  held bergen g: no evidence',
    '  held bergen: it is away',
    '  extra on bergen, left alone: x',
  ]);
});

test('each kind of step in one line', () => {
  const { namespace, device } = way;
  const moved = { [keyId('a')]: keyId('z') };
  const said: [Parameters<typeof explainStep>[0], string][] = [
    [
      { kind: 'establish', namespace, device, primaries: ['bergen', 'oslo'] },
      'record on bergen that bergen and oslo may make keys: epoch 1, the first',
    ],
    [{ kind: 'record', namespace, device, epoch: 7 }, 'bring the role record of epoch 7 to bergen'],
    [
      { kind: 'lock', namespace, device, users: [userName('adam')] },
      'lock bergen: archive at two places, then remove the N-Administrators adam',
    ],
    [
      { kind: 'clear-stand-ins', namespace, device, ids: ids('a') },
      'remove 1 stand-in on bergen that a broken run left: a',
    ],
    [
      { kind: 'update', ...way, ids: ids('a'), fields: { [keyId('a')]: ['tags', 'label'] } },
      'update 1 key on bergen from oslo: a (tags, label)',
    ],
    [
      { kind: 'replace', ...way, ids: ids('a', 'b', 'c', 'd', 'e') },
      'replace 5 keys on bergen, made anew on oslo: a, b, c, d, e',
    ],
    [{ kind: 'delete', ...way, ids: ids('a', 'b'), moved }, 'delete 2 keys on bergen, gone on oslo: a (moved to z), b'],
    [
      { kind: 'users', ...way, create: [userName('app')], replace: [], delete: [userName('old')] },
      'users on bergen from oslo: create app; delete old',
    ],
  ];
  for (const [step, words] of said) assert.equal(explainStep(step), words);
});
