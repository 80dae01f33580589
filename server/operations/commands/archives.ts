import { mkdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { moment } from '../../../core/moment.ts';
import { namespaceTitle, parseKeyId } from '../../../core/names.ts';
import { policyOf } from '../../../core/replication/policy-of.ts';
import { backupNamespace, verifyArchive as readArchive } from '../../../core/transfer/backup-namespace.ts';
import { restoreNamespace as restore } from '../../../core/transfer/restore-namespace.ts';
import { archivePassphrase, withFilePassphrase } from '../engine/archive-passphrase.ts';
import { namespaceOf } from '../engine/context.ts';
import { archivesFolder, deviceBackupsFolder, type Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import { primaryOf } from '../look/primary.ts';
import { keepVerified } from '../reads/archives.ts';
import { type Command, tellActivity } from './carry-out.ts';
import { archiveResult, count, makeResult, transferResult } from './results.ts';

const titleOf = ({ namespace }: { namespace: string }): string => namespaceTitle(namespaceOf(namespace));

/** `payments-20261124-120000.nethsm-archive` in the manifest's folder of backups, or in ours. */
function fileFor(engine: Engine, saved: SavedManifest, namespace: string, key: string | undefined): string {
  const { backups } = policyOf(saved.manifest, namespaceOf(namespace), saved.folder);
  const stamp = new Date(engine.now())
    .toISOString()
    .replace(/[-:]|\.\d+Z$/g, '')
    .replace('T', '-');
  const name = [titleOf({ namespace }), key, stamp].filter((part) => part !== undefined).join('-');
  return join(backups?.directory ?? archivesFolder(engine), `${name}.nethsm-archive`);
}

async function placeFor(
  engine: Engine,
  saved: SavedManifest,
  params: { namespace: string; key?: string; file?: string },
) {
  const file = params.file ?? fileFor(engine, saved, params.namespace, params.key);
  const whole = isAbsolute(file) ? file : resolve(saved.folder, file);
  await mkdir(dirname(whole), { recursive: true, mode: 0o700 });
  return whole;
}

export const backUpNamespace: Command<'backUpNamespace'> = {
  reason: (params) => `to back up ${titleOf(params)}`,
  changes: false,
  async run(engine, params, work) {
    const saved = await engine.manifests.valid(params.manifest);
    const namespace = namespaceOf(params.namespace);
    const device = params.device ?? primaryOf(engine, saved, namespace);
    const out = await placeFor(engine, saved, params);
    const result = await engine.sessions.use(saved, [device], async (session) => {
      const passphrase = await archivePassphrase(engine, session);
      const report = await backupNamespace(session, namespace, { out, passphrase }, work);
      await keepVerified(engine, saved, out, await readArchive(out, passphrase, work));
      return archiveResult(report);
    });
    return tellActivity(engine, saved, { kind: 'backup', namespace, device }, result);
  },
};

export const backUpKey: Command<'backUpKey'> = {
  reason: ({ key }) => `to back up the key ${key}`,
  changes: false,
  async run(engine, params, work) {
    const saved = await engine.manifests.valid(params.manifest);
    const namespace = namespaceOf(params.namespace);
    const only = new Set([parseKeyId(params.key)]);
    const out = await placeFor(engine, saved, params);
    const { device } = params;
    const result = await engine.sessions.use(saved, [device], async (session) => {
      const passphrase = await archivePassphrase(engine, session);
      return archiveResult(await backupNamespace(session, namespace, { out, passphrase, only }, work));
    });
    return tellActivity(engine, saved, { kind: 'backup', namespace, device }, result);
  },
};

export const verifyArchive: Command<'verifyArchive'> = {
  reason: ({ file }) => `to verify ${basename(file)}`,
  changes: false,
  async run(engine, { manifest, file }, work) {
    const saved = await engine.manifests.valid(manifest);
    const title = basename(file);
    const device = Object.keys(saved.manifest.devices)[0];
    const archive = await withFilePassphrase(engine, saved, { title, device }, (passphrase) =>
      readArchive(file, passphrase, work),
    );
    await keepVerified(engine, saved, file, archive);
    const { keys, users, created } = archive;
    const place = namespaceTitle(namespaceOf(archive.namespace));
    const summary = `${title} is whole: ${count(keys, 'key')} and ${count(users.length, 'user')} of ${place}, made ${moment(Date.parse(created))} of ${archive.device}.`;
    const result = { ...makeResult('done', { asked: keys, done: keys, verified: keys }, summary), file };
    return tellActivity(engine, saved, { kind: 'verify', namespace: archive.namespace }, result);
  },
};

export const restoreNamespace: Command<'restoreNamespace'> = {
  reason: ({ file }) => `to restore ${basename(file)}`,
  changes: true,
  run: (engine, params, work) => restoreInto(engine, params, work, { users: params.users }),
};

export const restoreKey: Command<'restoreKey'> = {
  reason: ({ key }) => `to restore the key ${key}`,
  changes: true,
  run: (engine, params, work) => restoreInto(engine, params, work, { users: false, only: parseKeyId(params.key) }),
};

async function restoreInto(
  engine: Engine,
  params: { manifest: string; namespace: string; device: string; file: string },
  work: Parameters<Command<'restoreKey'>['run']>[2],
  what: { users: boolean; only?: ReturnType<typeof parseKeyId> },
) {
  const saved = await engine.manifests.valid(params.manifest);
  const namespace = namespaceOf(params.namespace);
  const { file, device } = params;
  const title = basename(file);
  const report = await withFilePassphrase(engine, saved, { title, device }, (passphrase) =>
    engine.sessions.use(saved, [device], (session) =>
      restore(
        session,
        { file, passphrase, namespace, ...what },
        { ...work, deviceBackups: deviceBackupsFolder(engine) },
      ),
    ),
  );
  return tellActivity(engine, saved, { kind: 'restore', namespace, device }, transferResult(report));
}
