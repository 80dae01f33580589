/** Judges each write to a device as it happens. What a keeper does is the truth; what the engine does must be covered by it. */
import type { Policy } from '../../../core/replication/policy.ts';
import type { DeviceName, Sites } from '../devices.ts';
import type { Writer } from '../network/call-node.ts';
import { isGivenUp } from '../network/send.ts';
import { hit, note, violate, world } from '../world/world.ts';
import {
  type Held,
  KEY_FOLDER,
  keysIn,
  type Person,
  peopleIn,
  readHeld,
  readPerson,
  recordsIn,
  USER_FOLDER,
} from './content.ts';
import { judgeEpochs, type RunOf } from './heads.ts';
import { addTo, type Happened, keyOf, type Ledger } from './ledger.ts';
import type { Write } from './watch.ts';

export interface Case {
  sites: Sites;
  policy: Policy;
  ledger: Ledger;
  /** Whether the two archives that must exist before a keeper is removed hold this user's entry. Checked as soon as the store is quiet. */
  later(check: () => Promise<void>): void;
  archivesHold(path: string, sealed: Buffer): Promise<boolean>;
  /** The run that a life is in, for what may be deleted in one run. */
  runOf(who: string): RunOf | undefined;
}

const fact = ({ material, tags, label, certificate }: Held): string =>
  JSON.stringify([material, [...tags].sort(), label, certificate]);

/** Takes a write into the book, and judges it if it is the engine's. */
export function judgeWrite(to: Case, write: Write): undefined {
  const { path } = write;
  to.ledger.turn++;
  if (path.startsWith(KEY_FOLDER)) return judgeKey(to, write);
  if (path.startsWith(USER_FOLDER)) return judgeUser(to, write);
  if (write.writer.kind !== 'engine') return;
  if (path === `/namespace/${to.policy.namespace}` && write.value !== undefined) return;
  const own = write.site.nodes.some(({ deviceId }) => path === `/local/${deviceId}/config/unlock-salt`);
  // The salt of an append's pair: sealed afresh, its content is compared when the body is judged.
  if (own && write.value !== undefined) return;
  if (path === '/authentication/admin' && write.writer.asked?.path.endsWith('/passphrase')) return;
  violate('forbidden write', `${write.writer.who} wrote ${path} on ${write.site.name}`);
}

function judgeKey(to: Case, { site, path, old, value, writer }: Write): undefined {
  const { ledger } = to;
  const domainKey = site.beginning.domainKey;
  const before = old && readHeld(domainKey, path, old);
  const after = value && readHeld(domainKey, path, value);
  const id = path.slice(KEY_FOLDER.length);
  const engine = writer.kind === 'engine';
  if (value !== undefined && after === undefined) {
    if (engine)
      violate('foreign value', `${writer.who} wrote a value at ${path} on ${site.name} that does not open there`);
    return;
  }
  if (engine) judgeEngineKey(to, { site: site.name, id, before, after, writer });
  const happened = (material: string): Happened => ({
    device: site.name,
    id,
    material,
    turn: ledger.turn,
    at: world().now,
    by: writer.who,
  });
  if (before !== undefined && !before.standIn && before.material !== after?.material && !engine) {
    const list = writer.kind === 'keeper' ? ledger.deliberate : ledger.swept;
    addTo(list, keyOf(id, before.material), happened(before.material));
  }
  if (after === undefined) ledger.arrived[site.name].delete(id);
  else if (before?.material !== after.material) {
    const made = happened(after.material);
    if (!after.standIn) addTo(ledger.made, keyOf(id, after.material), made);
    ledger.arrived[site.name].set(id, { ...made, engine });
    if (!after.standIn && !engine) note(`  ${writer.who} made ${id} (${after.material})`);
  }
}

/** What the API changes or deletes of a key, it does on the condition that the key is as it was read. */
function judgeCondition({ asked }: Writer, what: string): void {
  if (asked === undefined || asked.headers['if-match'] !== undefined) return;
  if (asked.method === 'DELETE' || /\/keys\/[^/]+\//.test(asked.path))
    violate('without If-Match', `${what}: whatever it was`);
}

interface EngineWrite {
  site: DeviceName;
  id: string;
  before: Held | undefined;
  after: Held | undefined;
  writer: Writer;
}

function judgeEngineKey(to: Case, write: EngineWrite): undefined {
  const { before, after, id, site, writer } = write;
  const { ledger } = to;
  const what = `${writer.who}, ${writer.asked?.method} ${writer.asked?.path}: ${id} on ${site}`;
  judgeEpochs(to.runOf(writer.who), what);
  judgeLease(to, site, writer, what);
  if (to.runOf(writer.who)?.job === 'stream') judgeStreamed(to, write, what);
  if (!to.policy.includes(id as never)) violate('outside the filter', what);
  judgeCondition(writer, what);
  if (after === undefined) return judgeDeletion(to, write, what);
  if (!after.standIn && !ledger.made.has(keyOf(id, after.material)))
    violate('unknown key', `${what}: nobody ever made ${after.material}`);
  if (after.standIn) {
    if (writer.asked?.method !== 'PUT') violate('stand-in', `${what}: a stand-in was copied as if it were a key`);
    return;
  }
  if (before === undefined) {
    if (!isReserved(to, site, id)) violate('not reserved', `${what}: nothing held the id, which others may use there`);
    return;
  }
  if (before.standIn) return;
  if (before.material !== after.material) return judgeOverwrite(to, write, what);
  const isAppend = writer.asked?.method === 'POST';
  if (isAppend && fact(before) === fact(after) && before.sealed.equals(after.sealed)) {
    if (!isWindow(to, site, id, writer)) violate('equal already', `${what} was so already`);
  } else if (isAppend && !isLocked(to, site) && !isWindow(to, site, id, writer)) {
    violate('replaced', `${what}: an append ran over a key where keepers can write`);
  }
}

/** Between two comparisons a stream only brings new keys, and only what their source held when it was last looked at. */
function judgeStreamed(to: Case, { site, id, before, after, writer }: EngineWrite, what: string): undefined {
  const { ledger, sites } = to;
  if (after === undefined || after.standIn || writer.asked?.method !== 'POST')
    return violate('stream', `${what}: only a comparison may do that`);
  if (before !== undefined && !before.standIn && !isWindow(to, site, id, writer))
    violate('stream', `${what}: it is there already`);
  const source = site === 'oslo' ? 'bergen' : 'oslo';
  const { machine, beginning } = sites[source];
  if (keysIn(machine.store, beginning.domainKey).get(id)?.material === after.material) return;
  const look = ledger.looks.get(`${writer.who} ${source}`) ?? 0;
  const went = [ledger.deliberate, ledger.swept].some((list) =>
    list.get(keyOf(id, after.material))?.some(({ device, turn }) => device === source && turn > look),
  );
  if (!went && ledger.exchanged[source] <= look) violate('stream', `${what}: ${source} did not have it any more`);
}

/** Whether nobody else makes keys of the id there: it is a replica's, or one that the other site owns. */
function isReserved({ policy: { sites } }: Case, site: DeviceName, id: string): boolean {
  return sites.kind === 'one-way' || sites.sites.some(({ device, owns }) => device !== site && owns(id as never));
}

/** Whether the key on the device is younger than the last look of whoever writes: the moment that remains. */
function isWindow({ ledger }: Case, site: DeviceName, id: string, { who }: Writer): boolean {
  const arrived = ledger.arrived[site].get(id);
  const look = ledger.looks.get(`${who} ${site}`) ?? 0;
  return arrived !== undefined && arrived.turn > look;
}

/** Whether nobody but the engine can write keys of the namespace there, not even a node that knows users of before. */
function isLocked({ sites }: Case, site: DeviceName): boolean {
  const { machine, beginning } = sites[site];
  const people = [...peopleIn(machine.store, beginning.domainKey).values()];
  return people.every(({ role, name }) => role !== 'Administrator' || name === 'replicator');
}

function judgeOverwrite(to: Case, { site, id, before, writer }: EngineWrite, what: string): undefined {
  if (isWindow(to, site, id, writer)) {
    hit('window: a key made in the moment between look and append was replaced');
    return;
  }
  violate('overwritten', `${what}: ${before?.material} was there and is lost`);
}

function judgeDeletion(to: Case, { site, id, before, writer }: EngineWrite, what: string): undefined {
  const { ledger, policy } = to;
  if (before === undefined) return;
  if (before.standIn) return;
  const key = keyOf(id, before.material);
  if (!ledger.archived.has(`${site} ${key}`))
    violate('not archived', `${what}: ${before.material} was deleted and no journal keeps it`);
  if (ledger.resolved.has(id)) {
    hit('deletion by decision');
    return;
  }
  const other = site === 'oslo' ? 'bergen' : 'oslo';
  const source = keysIn(to.sites[other].machine.store, to.sites[other].beginning.domainKey).get(id);
  if (source?.material === before.material && policy.sites.kind === 'one-way' && isLocked(to, site)) {
    // A key without a public part can only be replaced, by itself as the primary has it now.
    hit('replaced by itself');
    return;
  }
  const arrived = ledger.arrived[other].get(id);
  if (
    source?.material === before.material &&
    arrived &&
    arrived.turn <= (ledger.looks.get(`${writer.who} ${other}`) ?? 0)
  )
    violate('absence', `${what}: ${before.material} is on ${other}, which was looked at since it came there`);
  if (policy.deletions !== 'propagate') violate('absence', `${what}: deleted, though the policy keeps`);
  const elsewhere = (ledger.deliberate.get(key) ?? []).filter(({ device }) => device !== site);
  if (elsewhere.length === 0)
    violate('absence', `${what}: ${before.material} was deleted and no keeper ever deleted it elsewhere`);
  hit('deletion followed');
  const lease = `${writer.who} ${site}`;
  const part = `${ledger.leases.get(lease)} ${ledger.compared.get(writer.who)}`;
  const run = `${to.runOf(writer.who)?.name} ${site} ${part}`;
  const count = (ledger.deletions.get(run) ?? 0) + 1;
  ledger.deletions.set(run, count);
  const keys = [...keysIn(to.sites[site].machine.store, to.sites[site].beginning.domainKey)].length + count;
  const most = Math.min(policy.maxDeletions.keys, Math.ceil((policy.maxDeletions.percent * keys) / 100));
  if (count > most) violate('too many deletions', `${what}: the ${count}th of one run, ${most} are allowed of ${keys}`);
}

const RESERVED = /^replication-(epoch-\d+|lease)$/;

function judgeUser(to: Case, write: Write): undefined {
  const { site, path, old, value, writer } = write;
  const { ledger } = to;
  const domainKey = site.beginning.domainKey;
  const name = path.slice(USER_FOLDER.length);
  const before = old && readPerson(domainKey, path, old);
  const after = value && readPerson(domainKey, path, value);
  if (writer.kind !== 'engine') {
    if (value !== undefined) addTo(ledger.people, path, value);
    else ledger.peopleGone.add(name);
    return;
  }
  const what = `${writer.who}, ${writer.asked?.method} ${writer.asked?.path}: ${name} on ${site.name}`;
  if (name === 'replicator') {
    const isSame = after?.role === 'Administrator';
    if (!isSame) violate('locked out', `${what}: our own N-Administrator`);
    return;
  }
  if (name === 'replication-lease') noteLease(ledger, site.name, before, after, writer.who);
  if (RESERVED.test(name)) return judgeRecord(to, site.name, name, before, after, what);
  if (after === undefined) {
    if (before?.role !== 'Administrator') {
      if (!ledger.peopleGone.has(name)) violate('absence', `${what}: an Operator whom nobody deleted`);
      return;
    }
    judgeLock(to, write, before.sealed, what);
  } else if (
    !(ledger.people.get(path) ?? []).some(
      (known) => readPerson(domainKey, path, known)?.passphrase === after.passphrase,
    )
  ) {
    violate('unknown user', `${what}: nobody ever made this user`);
  } else if (after.role === 'Administrator' && before === undefined) hit('keeper brought back');
}

/** Takes down whose lease is on a device. */
function noteLease(
  ledger: Ledger,
  site: DeviceName,
  before: Person | undefined,
  after: Person | undefined,
  who: string,
): void {
  if (before === undefined) {
    const lease = `${who} ${site}`;
    ledger.leases.set(lease, (ledger.leases.get(lease) ?? 0) + 1);
  }
  // Its tags, which tell its end, may be written late; the real name makes it somebody's.
  if (after?.realName !== before?.realName) ledger.holders[site] = after && who;
}

/**
 * Of several processes only one works on a device: whoever writes a key holds its lease. Whose clock jumps may think that
 * another's ran out, or that his own holds; an older state may bring back one that is over.
 */
function judgeLease({ ledger }: Case, site: DeviceName, { who, asked }: Writer, what: string): void {
  if (world().hits.has('clock jump') || ledger.exchanged[site] >= 0 || (asked && isGivenUp(asked))) return;
  const holder = ledger.holders[site];
  if (holder !== who) violate('lease', `${what}: the lease is ${holder === undefined ? 'nobody' : holder}'s`);
}

function judgeLock(
  to: Case,
  { site: { name: site }, path, writer: { who } }: Write,
  sealed: Buffer,
  what: string,
): undefined {
  hit('keeper removed');
  const { policy, sites, ledger } = to;
  if (policy.backups === undefined) violate('locked out', `${what}: there is only one place for archives`);
  to.later(async () => {
    if (!(await to.archivesHold(path, sealed)))
      violate('locked out', `${what}: no archive at two places holds this keeper`);
  });
  const recordOf = ({ machine, beginning }: (typeof sites)[DeviceName]) =>
    recordsIn(machine.store, beginning.domainKey)[0];
  // A promotion gives a device that lacks it the record at its end; until then the other holds it.
  const isPromotion = ['switchover', 'rejoin'].includes(to.runOf(who)?.job ?? '');
  const isKnown = isPromotion && recordOf(sites[site === 'oslo' ? 'bergen' : 'oslo']) !== undefined;
  const record = recordOf(sites[site]);
  const isRestored = ledger.exchanged[site] >= (to.runOf(who)?.since ?? 0);
  if (record === undefined && !isKnown && !isRestored) violate('locked out', `${what}: the device has no role record`);
}

function judgeRecord(
  to: Case,
  site: DeviceName,
  name: string,
  before: ReturnType<typeof readPerson>,
  after: ReturnType<typeof readPerson>,
  what: string,
): undefined {
  if (!name.startsWith('replication-epoch-')) return;
  const epoch = Number(name.slice('replication-epoch-'.length));
  if (after !== undefined && after.role !== 'Operator')
    violate('record', `${what}: a role record that can log in as ${after.role}`);
  if (after !== undefined && before !== undefined && after.realName !== before.realName) hit('race of two claims');
  if (after === undefined) {
    const higher = recordsIn(to.sites[site].machine.store, to.sites[site].beginning.domainKey).some(
      (record) => record.epoch > epoch,
    );
    if (!higher) violate('record', `${what}: the highest role record was deleted`);
  }
}
