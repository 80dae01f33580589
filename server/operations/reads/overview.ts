import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Namespace, namespaceTitle } from '../../../core/names.ts';
import type { RunRecord } from '../../../core/replication/journal/journal.ts';
import { linkOf } from '../../../core/replication/journal/journal.ts';
import { devicesOf, type Policy } from '../../../core/replication/policy.ts';
import { policiesOf } from '../../../core/replication/policy-of.ts';
import type { RoleView } from '../../../core/replication/roles/read-roles.ts';
import { roleAlarms } from '../../../core/replication/status.ts';
import { nextRuns } from '../../../schemas/cron.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import { knownConflicts } from '../look/conflicts.ts';
import { lookAtDevice } from '../look/device.ts';
import { countsOf, knownDrift, lookAtDrift } from '../look/drift.ts';
import { inEditorWords } from '../look/editor-words.ts';
import { knownIds } from '../look/ids.ts';
import { lagOf } from '../look/lag.ts';
import { knownPlan } from '../look/plan.ts';
import { followersOf, primariesOf } from '../look/primary.ts';
import { problemData } from '../look/problem-data.ts';
import { lookAtRoles } from '../look/roles.ts';
import { standingOf, stillTrue } from '../look/standing.ts';
import type {
  DeviceState,
  DriftCounts,
  Fresh,
  FreshOverview,
  ManifestView,
  NamespaceDeviceView,
  NamespaceView,
  RunView,
} from '../protocol.ts';
import { namespaceCannot, namespaceDeviceCannot, type Situation } from './cannot.ts';

/** Up to so many ids are listed again whenever others wrote into the journal. */
const FEW_IDS = 1_000;

/** All manifests of the workspace with their namespaces. */
export async function overview(
  engine: Engine,
  { askFor, ...fresh }: FreshOverview,
): Promise<{ manifests: ManifestView[] }> {
  const freshFor = (uri: string): Fresh => (askFor === undefined || askFor === uri ? fresh : { ...fresh, ask: false });
  const uris = (await engine.editor.manifests()).filter((uri) => uri.startsWith('file:'));
  const views = await Promise.all(uris.sort().map((uri) => manifestView(engine, uri, freshFor(uri))));
  return { manifests: views.filter((view) => view !== undefined) };
}

async function manifestView(engine: Engine, uri: string, fresh: Fresh): Promise<ManifestView | undefined> {
  const title = basename(fileURLToPath(uri));
  const state = await engine.manifests.state(uri).catch(() => undefined);
  // Deleted meanwhile, or not saved yet.
  if (state === undefined) return undefined;
  const { errors, manifest: saved } = state;
  if (saved === undefined)
    return { manifest: uri, title, errors, devices: [], namespaces: [], agent: false, cannot: {} };
  engine.watch.looked(saved, fresh.maxAge);
  const policies = [...policiesOf(saved.manifest, saved.folder).values()];
  const asking = engine.options.trusted ? fresh : {};
  const namespaces = await Promise.all(policies.map((policy) => namespaceView(engine, saved, policy, asking)));
  const agent = engine.journals.hasAgent(saved.path);
  const devices = Object.keys(saved.manifest.devices);
  return { manifest: uri, title, errors: 0, devices, namespaces, agent, cannot: {} };
}

async function namespaceView(
  engine: Engine,
  saved: SavedManifest,
  policy: Policy,
  fresh: Fresh,
): Promise<NamespaceView> {
  const { namespace } = policy;
  const devices = devicesOf(policy);
  const [roles, ...looks] = await Promise.all([
    lookAtRoles(engine, saved, namespace, fresh),
    ...devices.map((device) => lookAtDevice(engine, saved, device, fresh)),
  ]);
  const standings = devices.map((device, i) => standingOf(engine, saved, device, looks[i] ?? {}));
  const stateOf = (device: string): DeviceState => standings[devices.indexOf(device)]?.state ?? 'unknown';
  const primaries = [...primariesOf(engine, saved, policy)];
  const journal = engine.journals.existing(saved.path);
  const paused = journal?.paused(namespace);
  notePaused(engine, saved, namespace, paused !== undefined);
  const busy = busyOf(engine, saved, namespace, roles.value);
  const situation: Situation = {
    trusted: engine.options.trusted,
    policy,
    primaries,
    roles: roles.value,
    stateOf,
    busy: busy && `${busy.by} works on it now; pausing it makes an agent let go`,
    isPaused: paused !== undefined,
  };
  const plan = knownPlan(engine, saved, namespace).value;
  const conflicts = knownConflicts(engine, saved, namespace);
  const alarms = plan?.alarms ?? (roles.value === undefined ? [] : roleAlarms(policy, roles.value));
  const followers = followersOf(engine, saved, namespace);
  const ids = knownIds(engine, saved, namespace, primaries[0] ?? '').value;
  /** What others did since the last comparison is looked at soon, where a listing costs little. */
  const sinceNews = (device: string): Fresh => {
    const { at } = knownDrift(engine, saved, namespace, device);
    const isOvertaken = at !== undefined && at < (engine.watch.heardAt(saved.uri) ?? 0);
    return isOvertaken && ids !== undefined && ids.length <= FEW_IDS && fresh.maxAge !== undefined
      ? { ...fresh, maxAge: 0 }
      : fresh;
  };
  const views = await Promise.all(
    devices.map(async (device, i): Promise<NamespaceDeviceView> => {
      const role = roles.value?.devices.get(device);
      const isFollower = followers.includes(device);
      const answers = stateOf(device) === 'Operational' && stateOf(primaries[0] ?? '') === 'Operational';
      const drift = isFollower
        ? await lookAtDrift(engine, saved, namespace, device, answers ? sinceNews(device) : {})
        : {};
      const link = linkOf(namespace, primaries[0] ?? '', device);
      const last = isFollower ? journal?.lastRun(link) : undefined;
      const { state = 'unknown', awaits, problem: own } = standings[i] ?? {};
      const isAsking = [roles, looks[i]].some((look) => look?.isAsking);
      const problem = stillTrue(role?.problem, isAsking) ?? own ?? stillTrue(drift.problem, isAsking);
      // Until somebody compares here, what a later run left counts: the agent's, say.
      const isLater = drift.at === undefined || (last !== undefined && last.endedAt > drift.at);
      const left = isLater ? last?.left : undefined;
      const counts =
        left === undefined
          ? drift.value && countsOf(drift.value, conflicts?.on(device))
          : ofRun(left, journal?.countBases(link) ?? 0);
      const at = left === undefined ? drift.at : last?.endedAt;
      const lag = lagOf(engine.now(), last, counts);
      const maxLag = policy.replication.maxLag;
      return {
        device,
        role: primaries.includes(device) ? 'primary' : 'replica',
        state,
        ...(awaits && { awaits }),
        ...(role?.record && { epoch: role.record.epoch }),
        ...(lag !== undefined && { lag, overLag: maxLag !== undefined && lag > maxLag }),
        ...(counts && { drift: counts }),
        ...(last && { lastRun: runView(last) }),
        ...(problem && { problem: problemData(problem) }),
        ...(at !== undefined && { at }),
        cannot: namespaceDeviceCannot(situation, device),
      };
    }),
  );
  const byManifest = policy.sites.kind === 'one-way' ? [policy.sites.primary] : undefined;
  const seen = views.map(({ at }) => at).filter((at) => at !== undefined);
  const nextRun = nextRunOf(engine, policy);
  const last = views.map(({ lastRun }) => lastRun).filter((run) => run !== undefined);
  return {
    namespace,
    title: namespaceTitle(namespace),
    kind: policy.sites.kind,
    primaries,
    ...(roles.value && roles.value.epoch > 0 && { epoch: roles.value.epoch }),
    ...(byManifest && !primaries.includes(byManifest[0] as string) && { manifestPrimaries: byManifest }),
    devices: views,
    mode: policy.replication.mode,
    ...(last.length > 0 && { lastRun: last.reduce((a, b) => (a.endedAt > b.endedAt ? a : b)) }),
    ...(nextRun !== undefined && paused === undefined && { nextRun }),
    ...(paused && { paused }),
    ...(busy && { busy }),
    conflicts: conflicts?.total ?? 0,
    ...(conflicts && { conflictsSeen: { at: conflicts.at, ...(conflicts.by !== undefined && { by: conflicts.by }) } }),
    alarms: alarms.map(({ device, text, remedy }) => ({
      device,
      text: inEditorWords(text),
      remedy: inEditorWords(remedy),
    })),
    ...(seen.length > 0 && { at: Math.min(...seen), drifting: views.some(isDrifting) }),
    cannot: namespaceCannot(situation),
  };
}

/** Tells the language features, when it is news. */
function notePaused({ facts, now }: Engine, { uri }: SavedManifest, namespace: Namespace, paused: boolean): void {
  const before = facts.facts.of(uri)?.namespace(namespace);
  if ((before?.paused ?? false) !== paused) facts.setNamespace(uri, namespace, { at: now(), ...before, paused });
}

/** What a run left; a base stands for each key that it saw the same on both. */
const ofRun = ({ missing, extra, differs, conflicts }: NonNullable<RunRecord['left']>, same: number): DriftCounts => ({
  missing,
  extra,
  differs,
  conflict: conflicts,
  same,
});

const isDrifting = ({ drift }: NamespaceDeviceView): boolean =>
  drift !== undefined && drift.missing + drift.extra + drift.differs + drift.conflict > 0;

const runView = ({ startedAt, endedAt, ok, asked, done, verified, problem }: RunRecord): RunView => ({
  startedAt,
  endedAt,
  ok,
  asked,
  done,
  verified,
  ...(problem !== undefined && { problem }),
});

function nextRunOf(engine: Engine, { replication }: Policy): number | undefined {
  const { mode, schedule, timeZone = 'UTC' } = replication;
  if (mode !== 'scheduled' || schedule === undefined) return undefined;
  return nextRuns(schedule, timeZone, new Date(engine.now()), 1)[0]?.getTime();
}

/** Who works on a namespace now: this engine, or whoever holds a lease on one of its devices. */
function busyOf(
  engine: Engine,
  { uri }: SavedManifest,
  namespace: Namespace,
  roles: RoleView | undefined,
): NamespaceView['busy'] {
  const own = engine.busy.get(`${uri}\n${namespace}`);
  if (own !== undefined) return { by: own };
  for (const { lease } of roles?.devices.values() ?? []) {
    if (lease === undefined || lease.holder === engine.controller || lease.until * 1000 <= engine.now()) continue;
    return { by: lease.holder, until: lease.until * 1000 };
  }
  return undefined;
}
