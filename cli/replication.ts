import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { systemClock } from '../core/clock.ts';
import type { Limits } from '../core/device/limits.ts';
import type { Session } from '../core/device/session.ts';
import type { Namespace } from '../core/names.ts';
import { Problem } from '../core/problem.ts';
import type { Context } from '../core/replication/context.ts';
import type { Journal } from '../core/replication/journal/journal.ts';
import { journalFile, openJournal } from '../core/replication/journal/open-journal.ts';
import { devicesOf, type Policy } from '../core/replication/policy.ts';
import { policyOf } from '../core/replication/policy-of.ts';
import type { LoadedManifest } from '../core/sessions/manifest.ts';
import { manifestPath } from '../core/sessions/manifest-path.ts';
import { replicationPassphrase } from './archive-passphrase.ts';
import type { Run } from './run.ts';
import { deviceBackupsFolder, type How, withSessions } from './sessions.ts';
import { printable } from './terminal/text.ts';

/**
 * Does work of replication on namespaces of a manifest: with their policies, sessions of all devices that have a part in
 * them, and the journal of the manifest. Unless `how` says otherwise, every device that answers is confirmed first, and one
 * that does not is told of when it is asked. Throws what `withSessions` and `openJournal` throw, and a Problem `refused` for
 * a folder of backups outside that of the manifest, unless allowed.
 */
export async function withReplication<const N extends readonly Namespace[], T>(
  run: Run,
  loaded: LoadedManifest,
  namespaces: N,
  work: (ctx: Context, policies: { [K in keyof N]: Policy }) => Promise<T>,
  how: Partial<How> = {},
): Promise<T> {
  const policies = namespaces.map((namespace) => policyOf(loaded.manifest, namespace, loaded.folder));
  for (const { backups } of policies) {
    if (backups !== undefined) await manifestPath(loaded.folder, backups.directory, run.allowCommands);
  }
  const devices = [...new Set(policies.flatMap(devicesOf))];
  return withJournal(run, loaded, (journal) =>
    withSessions(
      run,
      loaded,
      devices,
      (...sessions) => work(contextOf(run, loaded, journal, sessions), policies as { [K in keyof N]: Policy }),
      { unconfirmed: 'refuse', unreachable: 'keep', ...how },
    ),
  );
}

/** For a look that must be over soon, in milliseconds: a dead site is told at once, a busy one may be taken for dead. */
export const HASTY = { connect: 5_000, health: 5_000, headers: 15_000, overall: 30_000 } satisfies Partial<Limits>;

/** Opens the journal of a manifest for a while; says so if the one that was there had to be put aside. */
export async function withJournal<T>(
  run: Run,
  loaded: LoadedManifest,
  work: (journal: Journal) => T | Promise<T>,
): Promise<T> {
  const manifest = resolve(run.around.cwd, loaded.file);
  const { journal, warning } = openJournal(journalFile(run.stateFolder(), manifest));
  try {
    if (warning !== undefined) run.note(`${run.style.yellow('!')} ${printable(warning)}`);
    return await work(journal);
  } finally {
    journal.close();
  }
}

/** What replication works with, on sessions that are open. */
export function contextOf(run: Run, loaded: LoadedManifest, journal: Journal, sessions: readonly Session[]): Context {
  const byName = new Map(sessions.map((session) => [session.name, session]));
  let passphrase: Promise<string> | undefined;
  return {
    ...run.work,
    clock: systemClock,
    journal,
    controller: controllerName('cli', hostname()),
    session(device) {
      const session = byName.get(device);
      if (session !== undefined) return session;
      throw new Problem({
        kind: 'bad-manifest',
        place: loaded.file,
        cause: `${JSON.stringify(device)} has no part in this namespace`,
        remedy: 'Add it to the namespace in the manifest, or name another device',
      });
    },
    deviceBackups: deviceBackupsFolder(run),
    archives: archivesFolder(run),
    archivePassphrase() {
      passphrase ??= replicationPassphrase(run);
      return passphrase;
    },
    random: randomBytes,
  };
}

/** Our own folder of sealed archives. */
export const archivesFolder = (run: Run): string => join(run.stateFolder(), 'archives');

/** Who works, in records and leases that others read: a host may have any name, they take 64 plain characters. */
export const controllerName = (what: string, host: string): string =>
  `${what}@${host.replaceAll(/[^A-Za-z0-9._-]/g, '-')}`.slice(0, 64);
