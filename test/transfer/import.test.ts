import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { readMetrics } from '../../core/device/metrics.ts';
import { type DeviceNode, internalsOf, setInternals } from '../../core/device/node.ts';
import type { Session } from '../../core/device/session.ts';
import { readKey } from '../../core/inventory/read.ts';
import type { KeyFacts } from '../../core/key-facts.ts';
import { type KeyId, parseKeyId, parseNamespace, ROOT } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { importKeys } from '../../core/transfer/import.ts';
import { isWhole } from '../../core/transfer/report.ts';
import {
  ADMIN,
  app,
  createNamespace,
  importKey,
  keeper,
  METRICS,
  provision,
  type Site,
  startSite,
} from '../support/sites.ts';

const PAYMENTS = parseNamespace('payments');
const GENERATED: [type: string, mechanism: string, length?: number][] = [
  ['RSA', 'RSA_Signature_PSS_SHA256', 1024],
  ['EC_P256', 'ECDSA_Signature'],
  ['EC_P384', 'ECDSA_Signature'],
  ['EC_P521', 'ECDSA_Signature'],
  ['EC_P256K1', 'BIP340_Signature'],
  ['BrainpoolP256', 'ECDSA_Signature'],
  ['BrainpoolP384', 'ECDSA_Signature'],
  ['BrainpoolP512', 'ECDSA_Signature'],
  ['Curve25519', 'EdDSA_Signature'],
  ['Generic', 'AES_Encryption_CBC', 256],
];
const ALL = GENERATED.map(([type]) => parseKeyId(`g-${type}`));
const key = parseKeyId;

/** Oslo has the keys; Tromsø is of another Domain Key; Narvik is of an old release. */
let oslo: Site;
let tromso: Site;
let narvik: Site;

before(async () => {
  [oslo, tromso, narvik] = await Promise.all([
    startSite('oslo'),
    startSite('tromso'),
    startSite('narvik', { release: '3.1' }),
  ]);
  await Promise.all([oslo, tromso, narvik].map(provision));
  await createNamespace(oslo, 'payments');
  for (const [type, mechanism, length] of GENERATED) {
    const body = { mechanisms: [mechanism], type, id: `g-${type}`, ...(length !== undefined && { length }) };
    await oslo.must('POST', '/keys/generate', keeper('payments'), body);
  }
  await oslo.must('PUT', '/keys/g-EC_P256/cert', keeper('payments'), 'a certificate');
  await oslo.must('PUT', '/keys/g-EC_P256/restrictions/tags/berlin', keeper('payments'));
});
after(async () => {
  for (const site of [oslo, tromso, narvik]) {
    await site.session.device.close();
    await site.practice.close();
  }
});

const run = (to: Session, ids: readonly KeyId[], over: Partial<Parameters<typeof importKeys>[0]> = {}) =>
  importKeys({ from: oslo.session, to, namespace: PAYMENTS, ids, allowed: true, ...over });

const factsOf = async (site: Site, id: KeyId): Promise<Omit<KeyFacts, 'operations'>> => {
  const { operations: _, ...facts } = ((await readKey(site.session, PAYMENTS, id)) as { facts: KeyFacts }).facts;
  return facts;
};

/** A session whose node shows what was sent. */
function watched(session: Session): {
  session: Session;
  sent: Uint8Array[];
  afterwards?: (id: string) => Promise<void>;
} {
  const watch: ReturnType<typeof watched> = { session, sent: [] };
  const node: DeviceNode = {
    ...session.node,
    async request(call, read) {
      const result = await session.node.request(call, read);
      if (call.endpoint === 'createKey') {
        assert.equal(call.createOnly, true);
        watch.sent.push(call.content?.data as Uint8Array);
        await watch.afterwards?.(call.params?.key as string);
      }
      return result;
    },
  };
  setInternals(node, internalsOf(session.node));
  watch.session = { ...session, node };
  return watch;
}

test('without transfer: import in the manifest nothing is asked, read or opened', async () => {
  const before = await readMetrics(oslo.session.node, METRICS);
  const untouched: Session = { ...oslo.session, unlockPassphrase: () => assert.fail(), backup: () => assert.fail() };
  const refused = run(tromso.session, ALL, { from: untouched, allowed: false });
  await assert.rejects(refused, (error) => isProblem(error, 'refused') && /manifest does not allow/.test(error.reason));
  assert.deepEqual((await readMetrics(oslo.session.node, METRICS)).kvWrite, before.kvWrite);
});

test('keys of every kind go to a device of another Domain Key, with tags and certificate, and what was sent is wiped', async () => {
  const { session, sent } = watched(tromso.session);
  const report = await run(session, ALL);
  assert.ok(isWhole(report), JSON.stringify(report));
  assert.deepEqual([report.created, report.asked, report.done, report.verified], [true, 10, 10, 10]);
  for (const id of ALL) assert.deepEqual(await factsOf(tromso, id), await factsOf(oslo, id), id);
  assert.equal((await factsOf(tromso, key('g-EC_P256'))).certificate?.data.toString(), 'a certificate');
  assert.equal(sent.length, 10);
  for (const body of sent) assert.ok(body.length > 50 && body.every((byte) => byte === 0));
});

test('run again, nothing is written and no key is opened', async () => {
  const closed: Session = { ...oslo.session, unlockPassphrase: () => assert.fail() };
  const ids = ALL.filter((id) => id !== 'g-Generic');
  const before = await readMetrics(tromso.session.node, METRICS);
  const report = await run(tromso.session, ids, { from: closed });
  assert.deepEqual([report.done, report.same, report.verified], [0, 9, 9]);
  assert.equal((await readMetrics(tromso.session.node, METRICS)).kvWrite, before.kvWrite);
});

test('under another id and into another namespace, where it signs', async () => {
  await createNamespace(oslo, 'copies');
  const copies = parseNamespace('copies');
  const report = await run(oslo.session, [key('g-Curve25519')], { as: { namespace: copies, id: key('renamed') } });
  assert.ok(isWhole(report), JSON.stringify(report));
  assert.equal(report.namespace, copies);
  const { signature } = (await oslo.must('POST', '/keys/renamed/sign', app('copies'), {
    mode: 'EdDSA',
    message: 'aGVsbG8=',
  })) as { signature: string };
  const facts = await factsOf(oslo, key('g-Curve25519'));
  const x = Buffer.from((facts.public as { data: string }).data, 'base64').toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  assert.ok(verify(null, Buffer.from('hello'), publicKey, Buffer.from(signature, 'base64')));
  const root = await run(oslo.session, [key('g-RSA')], { as: { namespace: ROOT } });
  assert.ok(isWhole(root), JSON.stringify(root));
  assert.ok(await oslo.must('GET', '/keys/g-RSA', ADMIN));
  await assert.rejects(run(oslo.session, ALL, { as: { id: key('one') } }), RangeError);
});

test('onto an old release; a label that it has no place for is said', async () => {
  await importKey(oslo, 'payments', 'plain', 41);
  await importKey(oslo, 'payments', 'labelled', 42);
  await oslo.must('PUT', '/keys/labelled/label', keeper('payments'), { label: 'shown' });
  const report = await run(narvik.session, [key('plain'), key('labelled')]);
  assert.deepEqual([report.done, report.verified], [2, 1]);
  assert.deepEqual(
    report.failed.map(({ id }) => id),
    ['labelled'],
  );
  assert.match(report.failed[0]?.reason as string, /knows no labels/);
  const { label, ...rest } = await factsOf(oslo, key('labelled'));
  assert.deepEqual([label, rest], ['shown', await factsOf(narvik, key('labelled'))]);
  const newer = await run(tromso.session, [key('labelled')]);
  assert.ok(isWhole(newer), JSON.stringify(newer));
  assert.equal((await factsOf(tromso, key('labelled'))).label, 'shown');
});

test('from an old release', async () => {
  const as = { id: key('from-narvik') };
  const report = await run(tromso.session, [key('plain')], { from: narvik.session, as });
  assert.ok(isWhole(report), JSON.stringify(report));
  assert.deepEqual(await factsOf(tromso, as.id), await factsOf(oslo, key('plain')));
});

test('another key of the same id is a conflict and stays, also one that was made while we worked', async () => {
  await importKey(oslo, 'payments', 'clash1', 51);
  await importKey(oslo, 'payments', 'clash2', 52);
  await createNamespaceUsers(tromso);
  const watch = watched(tromso.session);
  watch.afterwards = async (id) => {
    if (id === 'before') await importKey(tromso, 'payments', 'clash2', 99);
  };
  await importKey(oslo, 'payments', 'before', 53);
  await importKey(tromso, 'payments', 'clash1', 98);
  const made = await factsOf(tromso, key('clash1'));
  const report = await run(watch.session, [key('before'), key('clash1'), key('clash2')]);
  assert.deepEqual([report.done, report.verified], [1, 1]);
  assert.deepEqual(
    report.conflicts.map(({ id }) => id),
    ['clash1', 'clash2'],
  );
  assert.deepEqual(await factsOf(tromso, key('clash1')), made);
  assert.notDeepEqual(await factsOf(tromso, key('clash2')), await factsOf(oslo, key('clash2')));
});

test('an answer that never came is read back, nothing more is sent, and running again finishes', async () => {
  for (const [i, id] of ['cut1', 'cut2'].entries()) await importKey(oslo, 'payments', id, 60 + i);
  tromso.practice.nodes[0]?.inject({ kind: 'cut-after', method: 'PUT', path: /^\/keys\/cut1$/ });
  const report = await run(tromso.session, [key('cut1'), key('cut2')]);
  assert.deepEqual([report.done, report.verified], [1, 1]);
  assert.equal(typeof report.stopped, 'string');
  const again = await run(tromso.session, [key('cut1'), key('cut2')]);
  assert.ok(isWhole(again), JSON.stringify(again));
  assert.deepEqual([again.done, again.same], [1, 1]);
});

test('a connection cut before anything happened leaves nothing and is no success', async () => {
  await importKey(oslo, 'payments', 'cut3', 63);
  tromso.practice.nodes[0]?.inject({ kind: 'cut-before', method: 'PUT', path: /^\/keys\/cut3$/ });
  const report = await run(tromso.session, [key('cut3')]);
  assert.deepEqual([report.done, report.verified, report.failed.length], [0, 0, 1]);
  assert.equal(isWhole(report), false);
});

test('a cancel is obeyed between two keys', async () => {
  for (const [i, id] of ['stop1', 'stop2'].entries()) await importKey(oslo, 'payments', id, 70 + i);
  const controller = new AbortController();
  const watch = watched(tromso.session);
  watch.afterwards = async () => controller.abort();
  const request = { from: oslo.session, to: watch.session, namespace: PAYMENTS, ids: [key('stop1'), key('stop2')] };
  const report = await importKeys({ ...request, allowed: true }, { signal: controller.signal });
  assert.match(report.stopped as string, /cancelled/);
  assert.deepEqual([report.done, report.verified], [1, 1]);
});

test('a wrong unlock passphrase is said before anything is sent', async () => {
  await importKey(oslo, 'payments', 'locked', 80);
  const wrong: Session = { ...oslo.session, unlockPassphrase: async () => 'not this one' };
  const { session, sent } = watched(tromso.session);
  const refused = run(session, [key('locked')], { from: wrong });
  await assert.rejects(refused, (error) => isProblem(error, 'wrong-passphrase'));
  assert.deepEqual(sent, []);
});

test('no file of the editor’s side can import', () => {
  const root = new URL('../../', import.meta.url);
  for (const entry of readdirSync(new URL('server', root), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const text = readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8');
    assert.doesNotMatch(text, /transfer\/import|backup\/private-part/, entry.name);
  }
});

/** Keepers of their own for a namespace that an import made: only our own N-Administrator is in it. */
async function createNamespaceUsers(site: Site): Promise<void> {
  const { user, passphrase } = keeper('payments');
  const replicator = await site.session.namespaceAdministrator(PAYMENTS);
  await site.must('PUT', `/users/${user}`, replicator, { realName: 'N', role: 'Administrator', passphrase });
}
