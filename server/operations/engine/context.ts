import { randomBytes } from 'node:crypto';
import { systemClock } from '../../../core/clock.ts';
import type { Session } from '../../../core/device/session.ts';
import { type Namespace, parseNamespace, ROOT } from '../../../core/names.ts';
import { Problem } from '../../../core/problem.ts';
import type { WorkOptions } from '../../../core/progress.ts';
import type { Context } from '../../../core/replication/context.ts';
import { devicesOf, type Policy } from '../../../core/replication/policy.ts';
import { policyOf } from '../../../core/replication/policy-of.ts';
import { replicationPassphrase } from './archive-passphrase.ts';
import { archivesFolder, deviceBackupsFolder, type Engine } from './engine.ts';
import type { SavedManifest } from './manifests.ts';

/** A namespace as requests name it: the empty name is root. */
export const namespaceOf = (name: string): Namespace => (name === '' ? ROOT : parseNamespace(name));

/**
 * Does work of replication on a namespace of a manifest, as the command line does: with its policy, the sessions of all its
 * devices, and the journal that command line and agent use too. A device out of reach is there, and says so when it is asked.
 */
export function withContext<T>(
  engine: Engine,
  saved: SavedManifest,
  namespace: Namespace,
  options: WorkOptions,
  work: (ctx: Context, policy: Policy) => Promise<T>,
): Promise<T> {
  const policy = policyOf(saved.manifest, namespace, saved.folder);
  return engine.sessions.use(
    saved,
    devicesOf(policy),
    (...sessions) => work(contextOf(engine, saved, sessions, options), policy),
    'keep',
  );
}

/** What replication works with, on sessions of the manifest's devices. */
export function contextOf(
  engine: Engine,
  saved: SavedManifest,
  sessions: readonly Session[],
  options: WorkOptions,
): Context {
  return {
    ...options,
    clock: systemClock,
    journal: engine.journals.lazy(saved.path),
    controller: engine.controller,
    session(device) {
      const session = sessions.find(({ name }) => name === device);
      if (session !== undefined) return session;
      throw new Problem({
        kind: 'bad-manifest',
        place: saved.file,
        cause: `${device} has no part in this`,
        remedy: 'Name a device of the namespace',
      });
    },
    deviceBackups: deviceBackupsFolder(engine),
    archives: archivesFolder(engine),
    archivePassphrase: () => replicationPassphrase(engine, saved),
    random: randomBytes,
    onActivity: () => engine.editor.changed({ manifest: saved.uri, what: 'activity' }),
  };
}
