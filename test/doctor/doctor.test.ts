import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectDevice } from '../../core/device/device.ts';
import type { Session } from '../../core/device/session.ts';
import { runDoctor } from '../../core/doctor/doctor.ts';
import type { CheckName, Finding } from '../../core/doctor/finding.ts';
import type { DoctorOptions } from '../../core/doctor/patient.ts';
import { STAND_IN_LABEL } from '../../core/inventory/stand-in.ts';
import { parseNamespace, ROOT } from '../../core/names.ts';
import { isProblem, Problem } from '../../core/problem.ts';
import {
  ADMIN,
  app,
  BACKUP,
  createNamespace,
  METRICS,
  provision,
  type Site,
  sessionOf,
  startSite,
  UNLOCK,
} from '../support/sites.ts';

const payments = parseNamespace('payments');
const START = Date.now();
/** The world's clock, where the devices were provisioned at noon. */
const now = (): number => Date.parse('2026-11-24T12:00:00Z') + Date.now() - START;

let oslo: Site;
const opened: Site[] = [];
const sessions: Session[] = [];

before(async () => {
  oslo = await site('oslo');
  await createNamespace(oslo, 'payments');
});
after(async () => {
  for (const session of sessions) await session.device.close();
  for (const { session, practice } of opened) {
    await session.device.close();
    await practice.close();
  }
});

async function site(name: string, options: Parameters<typeof startSite>[1] = {}): Promise<Site> {
  const made = await startSite(name, { now, ...options });
  opened.push(made);
  await provision(made);
  return made;
}

/** A session of Oslo in which something is not as it should be. */
function other(over: Partial<Session>, url = oslo.practice.url): Session {
  const session = sessionOf('oslo', url, over);
  sessions.push(session);
  return session;
}

async function examine(session: Session = oslo.session, options: DoctorOptions = {}): Promise<Finding[]> {
  // What a wrong passphrase of the test before is punished with.
  oslo.practice.node.punished.clear();
  const { oslo: findings = [] } = await runDoctor([{ session, namespaces: [payments, ROOT] }], { now, ...options });
  return findings;
}

/** Checks that just the named things are ill, each with a remedy; gives their findings. */
function assertIll(findings: Finding[], ...checks: CheckName[]): Finding[] {
  const ill = findings.filter(({ ok }) => !ok);
  assert.deepEqual(
    ill.map(({ check }) => check),
    checks,
    JSON.stringify(ill, undefined, 1),
  );
  for (const { remedy } of ill) assert.ok(remedy);
  return ill;
}

test('a device that is well has nothing ill, and every check was made', async () => {
  const findings = await examine();
  assertIll(findings);
  const checks = new Set(findings.map(({ check }) => check));
  assert.equal(checks.size, 14, [...checks].join(' '));
});

test('a device that nobody confirmed: nothing else is asked', async () => {
  const device = connectDevice(
    { name: 'oslo', nodes: [{ url: oslo.practice.url, tls: { kind: 'system' } }] },
    { known: { check: () => 'new' } },
  );
  const [node] = device.nodes;
  const session = other({ device, ...(node && { node }) });
  const findings = await examine(session);
  assert.equal(findings.length, 1);
  assert.match(assertIll(findings, 'known-device')[0]?.detail ?? '', /nobody has confirmed/);
  await device.close();
});

test('a device that does not answer', async () => {
  const findings = await examine(other({}, 'http://127.0.0.1:1/api/v1'));
  assertIll(findings, 'state');
  assert.equal(findings.length, 1);
});

for (const state of ['Locked', 'Unprovisioned', 'Failed'] as const) {
  test(`a device that is ${state}`, async () => {
    oslo.practice.nodes[0]?.setHealth(state);
    const [finding] = assertIll(await examine(), 'state');
    assert.equal(finding?.detail, `it is ${state}`);
    if (state === 'Locked') await oslo.must('POST', '/unlock', undefined, { passphrase: UNLOCK });
    else oslo.practice.nodes[0]?.setHealth('Operational');
  });
}

const absent = (): Promise<never> =>
  Promise.reject(new Problem({ kind: 'unauthorised', place: 'oslo', cause: 'no passphrase', remedy: 'Name one' }));

test('administrator: missing, wrong, no administrator', async () => {
  assertIll(await examine(other({ administrator: absent })), 'administrator');
  const weak = await examine(other({ administrator: async () => METRICS }));
  assertIll(weak, 'administrator');
  const wrong = await examine(
    other({ administrator: async () => ({ user: 'admin2', passphrase: 'wrong-passphrase' }) }),
  );
  assertIll(wrong, 'administrator');
});

test('Backup user: missing, more powerful than needed, another role, wrong passphrase', async () => {
  assertIll(await examine(other({ backup: absent })), 'backup');
  const strong = assertIll(await examine(other({ backup: async () => ADMIN })), 'backup');
  assert.match(strong[0]?.detail ?? '', /more powerful than needed/);
  const weak = assertIll(await examine(other({ backup: async () => METRICS })), 'backup');
  assert.match(weak[0]?.detail ?? '', /has the role Metrics, not Backup/);
  const user = { ...BACKUP, passphrase: 'wrong-passphrase' };
  assertIll(await examine(other({ backup: async () => user })), 'backup');
});

test('backup passphrase: wrong', async () => {
  assertIll(await examine(other({ backupPassphrase: async () => 'another passphrase' })), 'backup-passphrase');
});

test('Metrics user: more powerful than needed; none is no illness', async () => {
  const strong = assertIll(await examine(other({ metrics: async () => ADMIN })), 'metrics');
  assert.match(strong[0]?.detail ?? '', /more powerful/);
  assertIll(await examine(other({ metrics: async () => undefined })));
});

test('N-Administrator: an Operator, a wrong passphrase; a namespace that is not there yet is no illness', async () => {
  const weak = await examine(other({ namespaceAdministrator: async (n) => (n === ROOT ? ADMIN : app('payments')) }));
  assert.match(assertIll(weak, 'namespace-administrator')[0]?.detail ?? '', /no N-Administrator/);
  const wrong = { user: 'payments~replicator', passphrase: 'wrong-passphrase' };
  const refused = await examine(other({ namespaceAdministrator: async (n) => (n === ROOT ? ADMIN : wrong) }));
  assertIll(refused, 'namespace-administrator');
  const namespaces = [parseNamespace('later')];
  const { oslo: findings = [] } = await runDoctor([{ session: oslo.session, namespaces }], { now });
  assert.match(findings.find(({ check }) => check === 'namespace-administrator')?.detail ?? '', /not here yet/);
  assertIll(findings);
});

test('a release that append was not tested on', async () => {
  const old = await site('oslo', { release: '4.0' });
  await createNamespace(old, 'payments');
  assert.match(assertIll(await examine(old.session), 'release')[0]?.detail ?? '', /4\.0/);
});

test('another Domain Key than that of a device with the same namespace', async () => {
  const bergen = await site('bergen');
  await createNamespace(bergen, 'payments');
  const patients = (namespace: typeof ROOT) => [
    { session: oslo.session, namespaces: [payments] },
    { session: bergen.session, namespaces: [namespace] },
  ];
  const strangers = await runDoctor(patients(payments), { now });
  for (const findings of Object.values(strangers)) assertIll(findings, 'domain');
  for (const findings of Object.values(await runDoctor(patients(ROOT), { now }))) assertIll(findings);
});

test('a certificate near its end, and one that ended', async () => {
  const late = (text: string) => () => Date.parse(text);
  const soon = await examine(oslo.session, { now: late('9999-12-20T00:00:00Z') });
  assert.match(assertIll(soon, 'certificate', 'clock')[0]?.detail ?? '', /in 11 days/);
  const over = await examine(oslo.session, { now: late('+010000-01-02T00:00:00Z') });
  assert.match(assertIll(over, 'certificate', 'clock')[0]?.detail ?? '', /it ended on 9999-12-31/);
});

test('a clock that is off, either way', async () => {
  for (const [skew, words] of [
    [120_000, /1[12]\d s ahead of ours/],
    [-240_000, /1[12]\d s behind ours/],
  ] as const) {
    oslo.practice.nodes[0]?.skewClock(skew);
    assert.match(assertIll(await examine(), 'clock')[0]?.detail ?? '', words);
  }
  oslo.practice.nodes[0]?.skewClock(120_000);
});

test('a device that reads and does not write: writes hang, or fail', async () => {
  const { gate } = oslo.practice.node.machine;
  try {
    gate.flag = true;
    const hanging = await examine(oslo.session, { writePatience: 300 });
    gate.flag = false;
    assert.match(assertIll(hanging, 'writes')[0]?.detail ?? '', /write-blocked/);
    oslo.practice.setDiskFull(true);
    assertIll(await examine(), 'writes');
  } finally {
    gate.flag = false;
    oslo.practice.setDiskFull(false);
  }
});

test('keys that the device can not open, in a namespace and in root', async () => {
  const { store } = oslo.practice.node.machine;
  for (const path of ['/key/.payments/foreign', '/key/foreign-root']) store.set(path, Buffer.alloc(200, 7));
  const ill = assertIll(await examine(), 'unreadable-keys', 'unreadable-keys');
  assert.match(ill[0]?.detail ?? '', /1 of all 1 keys of payments can not be opened: foreign/);
  for (const path of ['/key/.payments/foreign', '/key/foreign-root']) store.delete(path);
});

test('a stand-in whose key never arrived', async () => {
  await oslo.must(
    'PUT',
    '/keys/card-9',
    { user: 'payments~keeper', passphrase: 'nsPassphrase1' },
    {
      type: 'Generic',
      mechanisms: ['AES_Encryption_CBC'],
      private: { data: Buffer.alloc(32, 1).toString('base64') },
      restrictions: { tags: ['nobody'] },
      label: STAND_IN_LABEL,
    },
  );
  assert.match(assertIll(await examine(), 'stand-ins')[0]?.detail ?? '', /card-9/);
});

test('a cancel is no finding', async () => {
  const signal = AbortSignal.abort();
  await assert.rejects(examine(oslo.session, { signal }), (error) => isProblem(error, 'cancelled'));
  const midway = new AbortController();
  const backup = async () => {
    midway.abort();
    return BACKUP;
  };
  const stopped = examine(other({ backup }), { signal: midway.signal });
  await assert.rejects(stopped, (error) => isProblem(error, 'cancelled'));
});
