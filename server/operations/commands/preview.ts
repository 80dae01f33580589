import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { asProblem } from '../../../core/as-problem.ts';
import { readState } from '../../../core/device/health.ts';
import { listKeys } from '../../../core/device/keys.ts';
import { listNamespaces } from '../../../core/device/namespaces.ts';
import { listUsers } from '../../../core/device/users.ts';
import { listIds } from '../../../core/inventory/read.ts';
import { namespaceTitle } from '../../../core/names.ts';
import type { WorkOptions } from '../../../core/progress.ts';
import { askedOf } from '../../../core/replication/apply/report.ts';
import type { NamespacePlan, Step } from '../../../core/replication/plan/plan.ts';
import { assessFailover } from '../../../core/replication/promote/failover.ts';
import { planMerge } from '../../../core/replication/promote/rejoin.ts';
import { verifyArchive } from '../../../core/transfer/backup-namespace.ts';
import { withFilePassphrase } from '../engine/archive-passphrase.ts';
import { asErrand } from '../engine/asking.ts';
import { namespaceOf, withContext } from '../engine/context.ts';
import type { Engine } from '../engine/engine.ts';
import { untrustedWorkspace } from '../engine/sessions.ts';
import { hasNamespace } from '../look/drift.ts';
import { listMissing } from '../look/missing.ts';
import { makePlan } from '../look/plan.ts';
import { primaryOf } from '../look/primary.ts';
import { problemData } from '../look/problem-data.ts';
import type { CommandParams, Preview, PreviewParams } from '../protocol.ts';
import { count } from './results.ts';

/** What a preview says before its premise is made of it. */
type Effect = Omit<Preview, 'premise' | 'mustAccept' | 'hasPlan'> & { mustAccept?: boolean; hasPlan?: boolean };

/** What a command would change and what may be lost; a Problem that stands in its way is in it. */
export async function preview(engine: Engine, params: PreviewParams, options: WorkOptions): Promise<Preview> {
  try {
    if (!engine.options.trusted) throw untrustedWorkspace();
    const errand = {
      ask: true,
      reason: 'to see what it would change',
      ...(options.signal && { signal: options.signal }),
    };
    const effect = await asErrand(errand, () => effectOf(engine, params, options));
    const { changes, losses } = effect;
    const premise = createHash('sha256')
      .update(JSON.stringify([changes, losses]))
      .digest('hex')
      .slice(0, 32);
    return { mustAccept: false, hasPlan: false, ...effect, premise };
  } catch (error) {
    const problem = asProblem(error);
    if (problem.kind === 'cancelled') throw problem;
    return { changes: [], losses: [], mustAccept: false, hasPlan: false, premise: '', problem: problemData(problem) };
  }
}

function effectOf(engine: Engine, { command, params }: PreviewParams, options: WorkOptions): Promise<Effect> {
  switch (command) {
    case 'synchronise':
      return ofSync(engine, params, options);
    case 'resolve':
      return ofResolve(params);
    case 'copyKeys':
      return ofCopy(engine, params, options);
    case 'restoreNamespace':
      return ofRestore(engine, params, options);
    case 'restoreKey':
      return ofRestore(engine, { ...params, users: false }, options);
    case 'pair':
      return ofPair(engine, params, options);
    case 'switchover':
      return ofSwitchover(engine, params, options);
    case 'failover':
      return ofFailover(engine, params, options);
    case 'rejoin':
      return ofRejoin(engine, params, options);
    case 'breakGlass':
      return ofBreakGlass(params);
  }
}

const WORDS: Record<Step['kind'], (step: Step, n: number) => string> = {
  establish: ({ device }) => `${device} becomes the primary by record, epoch 1.`,
  record: ({ device }) => `The role record is brought to ${device}.`,
  lock: ({ device }, n) =>
    `${device} is locked: ${count(n, 'N-Administrator')} removed, after they were archived at two places.`,
  create: ({ device }, n) => `${count(n, 'key')} created on ${device}.`,
  update: ({ device }, n) => `Tags, label or certificate of ${count(n, 'key')} changed on ${device}.`,
  delete: ({ device }, n) => `${count(n, 'key')} DELETED on ${device}, archived first.`,
  replace: ({ device }, n) => `${count(n, 'key')} REPLACED on ${device}, the old ones archived first.`,
  users: ({ device }, n) => `${count(n, 'Operator')} brought in line on ${device}.`,
  'clear-stand-ins': ({ device }, n) => `${count(n, 'stand-in')} cleared on ${device}.`,
};

function effectOfPlan(plan: NamespacePlan): Effect {
  const changes = plan.steps.map((step) => WORDS[step.kind](step, askedOf(step)));
  const waiting = [
    ...(plan.conflicts.length > 0 ? [`${count(plan.conflicts.length, 'conflict')} left alone.`] : []),
    ...(plan.held.length > 0 ? [`${count(plan.held.length, 'change')} held back.`] : []),
  ];
  const losses = plan.alarms.map(({ device, text, remedy }) => `${device}: ${text}. ${remedy}.`);
  return { changes: [...(changes.length === 0 ? ['Nothing to do.'] : changes), ...waiting], losses, hasPlan: true };
}

const ofSync = async (engine: Engine, params: CommandParams['plan'], options: WorkOptions): Promise<Effect> =>
  effectOfPlan(
    await makePlan(engine, await engine.manifests.valid(params.manifest), namespaceOf(params.namespace), options),
  );

const ofResolve = async ({ conflict, keep }: { conflict: string; keep: string }): Promise<Effect> => ({
  changes: [`${conflict} becomes everywhere what it is on ${keep}; where ${keep} has none, it is deleted.`],
  losses: ['What the other devices hold of it goes out of use; the sealed value is archived first.'],
});

async function ofCopy(
  engine: Engine,
  { manifest, namespace, keys, from, to }: CommandParams['copyKeys'],
  options: WorkOptions,
): Promise<Effect> {
  const saved = await engine.manifests.valid(manifest);
  const scope = namespaceOf(namespace);
  return engine.sessions.use(saved, [from, to], async (source, target) => {
    const there = new Set<string>(
      (await hasNamespace(target, scope, options)) ? await listIds(target, scope, options) : [],
    );
    const wanted: readonly string[] =
      keys === 'missing' ? await listMissing(saved, source, target, scope, options) : keys;
    const known = wanted.filter((id) => there.has(id)).length;
    return {
      changes: [
        `${count(wanted.length - known, 'key')} created on ${to}.`,
        ...(known > 0
          ? [`Tags, label and certificate of ${count(known, 'key')} brought in line where it is the same key.`]
          : []),
      ],
      losses: [],
    };
  });
}

async function ofRestore(
  engine: Engine,
  { manifest, namespace, device, file, users, ...rest }: CommandParams['restoreNamespace'] & { key?: string },
  options: WorkOptions,
): Promise<Effect> {
  const saved = await engine.manifests.valid(manifest);
  const title = basename(file);
  const wanted: string[] = [];
  const onKey = (id: string): void => {
    if (rest.key === undefined || rest.key === id) wanted.push(id);
  };
  const archive = await withFilePassphrase(engine, saved, { title, device }, (passphrase) => {
    wanted.length = 0;
    return verifyArchive(file, passphrase, { ...options, onKey });
  });
  const scope = namespaceOf(namespace);
  const there = await engine.sessions.use(saved, [device], async (session) => {
    const isThere = await hasNamespace(session, scope, options);
    return isThere ? new Set<string>(await listIds(session, scope, options)) : undefined;
  });
  const missing = wanted.filter((id) => there?.has(id) !== true).length;
  const operators = archive.users.filter(({ role }) => role === 'Operator').length;
  return {
    changes: [
      ...(there === undefined ? [`The namespace ${namespaceTitle(scope)} is created on ${device}.`] : []),
      `${count(missing, 'key')} of ${count(wanted.length, 'key')} created on ${device}; the others are there and stay as they are.`,
      ...(users ? [`${count(operators, 'Operator')} brought back, with their passphrases of ${archive.created}.`] : []),
    ],
    losses: [],
  };
}

async function ofPair(
  engine: Engine,
  { manifest, from, to, erase }: Omit<CommandParams['pair'], 'typed' | 'premise'>,
  options: WorkOptions,
): Promise<Effect> {
  const saved = await engine.manifests.valid(manifest);
  return engine.sessions.use(saved, [to], async (target) => {
    const state = await readState(target.node, options);
    const changes = [`${to} takes over the Domain Key of ${from}, with its users, passphrases, namespaces and keys.`];
    if (state !== 'Operational') return { changes: [...changes, `${to} is ${state} now.`], losses: [], mustType: to };
    const administrator = await target.administrator();
    const namespaces = await listNamespaces(target.node, administrator, options);
    const keys = await listKeys(target.node, administrator, options);
    const users = await listUsers(target.node, administrator, options);
    const losses = [
      `${count(namespaces.length, 'namespace')} with all keys, ${count(keys.length, 'root key')} and ${count(users.length, 'user')} of ${to} are deleted; a whole backup of it is taken first.`,
    ];
    return { changes, losses, mustType: to, mustAccept: !erase && namespaces.length + keys.length > 0 };
  });
}

async function ofSwitchover(
  engine: Engine,
  params: CommandParams['switchover'],
  options: WorkOptions,
): Promise<Effect> {
  const saved = await engine.manifests.valid(params.manifest);
  const namespace = namespaceOf(params.namespace);
  const plan = await makePlan(engine, saved, namespace, options);
  const { changes, losses } = effectOfPlan(plan);
  return {
    changes: [
      ...changes.filter((line) => line !== 'Nothing to do.'),
      `${params.device} becomes the primary of ${namespaceTitle(namespace)}, epoch ${plan.premises.epoch + 1}; its keepers come back there.`,
      `${primaryOf(engine, saved, namespace)} becomes a replica: its keepers are removed, after they were archived at two places.`,
    ],
    losses,
    hasPlan: true,
  };
}

async function ofFailover(
  engine: Engine,
  params: Omit<CommandParams['failover'], 'typed' | 'premise'>,
  options: WorkOptions,
): Promise<Effect> {
  const saved = await engine.manifests.valid(params.manifest);
  const namespace = namespaceOf(params.namespace);
  const { device } = params;
  const found = await withContext(engine, saved, namespace, options, (ctx, policy) =>
    assessFailover(ctx, policy, device),
  );
  const { oldPrimary = 'nobody we know', epoch, unreachable, inSyncAt, missing, means } = found;
  const since = unreachable.since === undefined ? '' : `, since ${new Date(unreachable.since).toISOString()}`;
  return {
    changes: [
      `${device} becomes the primary of ${namespaceTitle(namespace)}, epoch ${epoch + 1}, without ${oldPrimary}.`,
      `${oldPrimary} can not be worked with: ${unreachable.reason}${since}, tried from ${unreachable.triedFrom}.`,
    ],
    losses: [
      inSyncAt === undefined
        ? `Nobody knows when ${device} last had all that ${oldPrimary} had.`
        : `${device} last had everything at ${new Date(inSyncAt).toISOString()}: what was made on ${oldPrimary} since then may be lost.`,
      ...(missing.length > 0
        ? [`${count(missing.length, 'key')} known to be missing: ${missing.slice(0, 10).join(', ')}.`]
        : []),
      ...means.map((line) => `${line.replace(/\.$/, '')}.`),
    ],
    mustType: namespaceTitle(namespace),
    mustAccept: true,
  };
}

async function ofRejoin(engine: Engine, params: CommandParams['rejoin'], options: WorkOptions): Promise<Effect> {
  const saved = await engine.manifests.valid(params.manifest);
  const namespace = namespaceOf(params.namespace);
  const { device } = params;
  const primary = primaryOf(engine, saved, namespace);
  const plan = await withContext(engine, saved, namespace, options, (ctx, policy) =>
    planMerge(ctx, policy, primary, device),
  );
  const { changes, losses } = effectOfPlan(plan);
  return {
    changes: [...changes, `${device} is locked and follows ${primary}.`],
    losses,
  };
}

const ofBreakGlass = async ({
  device,
  file,
  namespace,
}: {
  device: string;
  file: string;
  namespace: string;
}): Promise<Effect> => ({
  changes: [`The N-Administrators in ${basename(file)} come back on ${device}, with their passphrases of then.`],
  losses: [
    `Whoever knows such a passphrase can change ${namespaceTitle(namespaceOf(namespace))} on ${device}, which is no replica that nobody changes any more.`,
  ],
  mustType: namespaceTitle(namespaceOf(namespace)),
});
