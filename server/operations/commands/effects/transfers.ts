import { basename } from 'node:path';
import { readState } from '../../../../core/device/health.ts';
import { listKeys } from '../../../../core/device/keys.ts';
import { listNamespaces } from '../../../../core/device/namespaces.ts';
import { listUsers } from '../../../../core/device/users.ts';
import { type IdList, packIds } from '../../../../core/inventory/id-list.ts';
import { hasNamespace, readIds } from '../../../../core/inventory/read.ts';
import { namespaceTitle } from '../../../../core/names.ts';
import type { WorkOptions } from '../../../../core/progress.ts';
import { verifyArchive } from '../../../../core/transfer/backup-namespace.ts';
import { withFilePassphrase } from '../../engine/archive-passphrase.ts';
import { namespaceOf } from '../../engine/context.ts';
import type { Engine } from '../../engine/engine.ts';
import { listMissing } from '../../look/missing.ts';
import type { CommandParams } from '../../protocol.ts';
import { count } from '../results.ts';
import type { Effect } from './effect.ts';

export async function ofCopy(
  engine: Engine,
  { manifest, namespace, keys, from, to }: CommandParams['copyKeys'],
  options: WorkOptions,
): Promise<Effect> {
  const saved = await engine.manifests.valid(manifest);
  const scope = namespaceOf(namespace);
  return engine.sessions.use(saved, [from, to], async (source, target) => {
    const there: IdList = (await hasNamespace(target, scope, options))
      ? await readIds(target, scope, options)
      : packIds([]);
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

export async function ofRestore(
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
    return isThere ? readIds(session, scope, options) : undefined;
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

export async function ofPair(
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
    const gone = [
      ...(namespaces.length > 0 ? [`${count(namespaces.length, 'namespace')} with all keys`] : []),
      ...(keys.length > 0 ? [count(keys.length, 'root key')] : []),
      count(users.length, 'user'),
    ];
    const losses = [`Deleted from ${to}, after a whole backup of it is taken: ${gone.join(', ')}.`];
    return { changes, losses, mustType: to, mustAccept: !erase && namespaces.length + keys.length > 0 };
  });
}
