import { createHash } from 'node:crypto';
import type { KeyFacts } from '../../core/key-facts.ts';
import { type KeyId, type Namespace, ROOT, type UserName } from '../../core/names.ts';
import { factsDigest, materialDigest } from '../../core/replication/digests.ts';
import { type Base, linkOf } from '../../core/replication/journal/journal.ts';
import type { LinkObservation, PlanInput, SideState, SideView } from '../../core/replication/plan/input.ts';
import type { LinkRules } from '../../core/replication/plan/link-rules.ts';
import type { Policy } from '../../core/replication/policy.ts';
import type { DeviceRole, RoleView } from '../../core/replication/roles/read-roles.ts';
import type { RoleRecord } from '../../core/replication/roles/record.ts';

/** Small values that the planner is tried with; each with what matters as its parameters. */

export const PAYMENTS = 'payments' as Namespace;
export const keyId = (id: string): KeyId => id as KeyId;
export const userName = (name: string): UserName => name as UserName;

export const bytes = (text: string): Buffer => createHash('sha256').update(text).digest().subarray(0, 16);

/** A key: `material` names its public part; a Generic key has none, only `secret` bytes that nobody sees. */
export function key(material: string, metadata: Partial<KeyFacts> = {}): KeyFacts {
  const generic = material.startsWith('generic');
  return {
    type: generic ? 'Generic' : 'EC_P256',
    mechanisms: generic ? ['AES_Encryption_CBC'] : ['ECDSA_Signature'],
    ...(!generic && { public: { data: material } }),
    tags: [],
    operations: 0,
    ...metadata,
  };
}

/** A key on one side; `written` stands for the bytes, which are others after each write. */
export const state = (facts: KeyFacts, written = 'first'): SideState => ({ facts, sealed: bytes(written) });

/** What both had: unused, at generation 3 of both marks. */
export function base(id: string, facts: KeyFacts, written: Partial<Base> = {}): Base {
  return {
    id: keyId(id),
    facts: factsDigest(facts),
    material: materialDigest(facts),
    left: bytes('first'),
    right: bytes('first'),
    leftOperations: facts.operations,
    rightOperations: facts.operations,
    leftGeneration: 3,
    rightGeneration: 3,
    ...written,
  };
}

export const rules = (over: Partial<LinkRules> = {}): LinkRules => ({
  names: { left: 'bergen', right: 'oslo' },
  primary: 'right',
  propagate: true,
  keepPrimary: false,
  doubt: undefined,
  generations: { left: 4, right: 4 },
  setBack: { left: false, right: false },
  locked: { left: true, right: false },
  ...over,
});

export const policy = (over: Partial<Policy> = {}): Policy => ({
  namespace: PAYMENTS,
  sites: { kind: 'one-way', primary: 'oslo', replicas: ['bergen'] },
  includes: (id) => !id.startsWith('scratch-'),
  deletions: 'propagate',
  maxDeletions: { keys: 10, percent: 50 },
  users: 'operators',
  conflicts: 'stop',
  transfer: 'sealed',
  replication: { mode: 'manual' },
  backups: { directory: '/backups' },
  ...over,
});

export const bothWrite = (over: Partial<Policy> = {}): Policy =>
  policy({
    sites: { kind: 'two-way', sites: ['bergen', 'oslo'].map((device) => ({ device, owns: () => false })) },
    ...over,
  });

export const record = (over: Partial<RoleRecord> = {}): RoleRecord => ({
  epoch: 7,
  primaries: ['oslo'],
  at: '2026-11-24T12:00:00Z',
  by: 'run@host',
  nonce: '3f2a9c01',
  ...over,
});

/** With the ruling record; `record: undefined` is a device without one. */
export function role(
  device: string,
  over: Omit<Partial<DeviceRole>, 'record'> & { record?: RoleRecord | undefined } = {},
): DeviceRole {
  const { record: own, ...rest } = { record: record(), ...over };
  return { device, reachable: true, hasNamespace: true, keepers: [], ...rest, ...(own && { record: own }) };
}

/** Roles as they are when all devices hold the ruling record. */
export function roles(devices: readonly DeviceRole[], over: Partial<RoleView> = {}): RoleView {
  const ruling = devices.find((one) => one.record !== undefined)?.record;
  return {
    namespace: PAYMENTS,
    epoch: ruling?.epoch ?? 0,
    nonce: ruling?.nonce ?? '',
    primaries: ruling?.primaries ?? [],
    devices: new Map(devices.map((one) => [one.device, one])),
    splitBrain: false,
    ...over,
  };
}

export const view = (device: string, over: Partial<SideView> = {}): SideView => ({
  device,
  domain: 'd0',
  deviceIds: [`id-of-${device}`],
  mark: { generation: 4, nonce: 'aaaaaaaa' },
  judgement: 'continuous',
  hasNamespace: true,
  listingComplete: true,
  keys: 100,
  writeRise: 50,
  lockedBefore: false,
  standIns: [],
  unreadable: [],
  ...over,
});

export const observation = (over: Partial<LinkObservation> = {}): LinkObservation => ({
  link: linkOf(PAYMENTS, 'bergen', 'oslo'),
  left: view('bergen'),
  right: view('oslo'),
  triples: [],
  users: [],
  same: 0,
  newBases: [],
  ...over,
});

/** A whole input around one observation. */
export function input(seen: Partial<LinkObservation>, over: Partial<PlanInput> = {}): PlanInput {
  const wanted = over.policy ?? policy();
  const primaries = wanted.sites.kind === 'one-way' ? [wanted.sites.primary] : ['bergen', 'oslo'];
  const ruling = record({ primaries });
  return {
    policy: wanted,
    roles: roles([role('bergen', { record: ruling }), role('oslo', { record: ruling })]),
    observations: [observation(seen)],
    ...over,
  };
}

export { ROOT };
