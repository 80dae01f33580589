import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from '../../device/session.ts';
import { namespaceTitle } from '../../names.ts';
import { Problem } from '../../problem.ts';
import { type ArchiveReport, backupNamespace } from '../../transfer/backup-namespace.ts';
import type { Context } from '../context.ts';
import { devicesOf, type Policy } from '../policy.ts';
import { judgeMark } from '../roles/mark.ts';
import { readRoles } from '../roles/read-roles.ts';
import { tell } from '../tell.ts';
import { scheduledArchives, scheduledName } from './archive-files.ts';
import { isAhead, prunable } from './retention.ts';

type Backups = NonNullable<Policy['backups']>;

/** What came of a backup on a schedule. */
export interface ScheduledBackup extends ArchiveReport {
  device: string;
  /** Older archives that were deleted. */
  pruned: string[];
}

/**
 * Puts a namespace into a new sealed archive in the folder that its policy names, verifies it, and then deletes the older
 * ones that need not stay; none of them while the new one may hold less than they do. It is read from the primary, by the
 * record on the devices; where no primary can be read, from another device, which is told, and without its keepers: those who
 * came back to a replica would count as all there are. Where two sites write, it is one site's state. Throws a Problem
 * `bad-manifest` where the policy has no folder, and what stands in the way of reading.
 */
export async function backupOnSchedule(ctx: Context, policy: Policy): Promise<ScheduledBackup> {
  const { namespace, backups } = policy;
  if (backups === undefined) throw lacking(policy, 'no folder for its backups is named', 'Add backups.directory');
  const { session, isOfPrimary, doubt } = await chooseSource(ctx, policy);
  await mkdir(backups.directory, { recursive: true, mode: 0o700 });
  const at = ctx.clock.now();
  const out = join(backups.directory, scheduledName({ namespace, device: session.name, at }));
  const passphrase = await ctx.archivePassphrase();
  const report = await backupNamespace(session, namespace, { out, passphrase, keepers: isOfPrimary }, ctx);
  const pruned = await prune(ctx, policy, backups, out, doubt ?? whyFewer(ctx, policy, session.name, report.keys));
  const { asked, done, verified } = report;
  tell(ctx, {
    ...{ namespace, device: session.name, kind: 'backup', level: 'info', asked, done, verified },
    text: `archived ${verified} keys and ${report.users} users in ${out}, deleted ${pruned.length} older archives`,
  });
  return { ...report, device: session.name, pruned };
}

interface Source {
  session: Session;
  isOfPrimary: boolean;
  /** Why it may hold less than was archived before. */
  doubt?: string;
}

/** The device that is read: a primary if one can be, else any that can. */
async function chooseSource(ctx: Context, policy: Policy): Promise<Source> {
  const { namespace } = policy;
  const roles = await readRoles(ctx, policy);
  const all = [...roles.devices.values()];
  const readable = all.filter(({ problem, hasNamespace }) => problem === undefined && hasNamespace);
  const isPrimary = (device: string): boolean =>
    roles.epoch === 0 || roles.splitBrain
      ? policy.sites.kind === 'two-way' || policy.sites.primary === device
      : roles.primaries.includes(device);
  const source = readable.find(({ device }) => isPrimary(device)) ?? readable[0];
  if (source === undefined) {
    const problem = all.find((role) => role.problem !== undefined)?.problem;
    throw problem ?? lacking(policy, 'no device has it', 'Create it on its primary');
  }
  const { device, mark } = source;
  const session = ctx.session(device);
  if (!isPrimary(device)) {
    const text = `no primary of ${namespaceTitle(namespace)} can be read: the backup is made of ${device}, which may lag behind`;
    tell(ctx, { namespace, device, kind: 'backup', level: 'warning', text });
    return { session, isOfPrimary: false, doubt: `the newest is of ${device}, as no primary can be read` };
  }
  const isBack = judgeMark(ctx.journal.seen(namespace, device), mark) === 'restored';
  return { session, isOfPrimary: true, ...(isBack && { doubt: `${device} was restored from an older state` }) };
}

/** Why an archive is no successor of others by what it holds: no key, or less than half of those that a comparison last saw there. */
function whyFewer({ journal }: Context, { namespace }: Policy, device: string, keys: number): string | undefined {
  const before = journal.seen(namespace, device)?.keys ?? 0;
  if (keys > 0 && keys >= before / 2) return undefined;
  return before > keys
    ? `the newest holds ${keys} of ${before} keys that ${device} had when it was last compared`
    : 'the newest holds no key';
}

/**
 * Deletes what need not stay of this namespace and these devices; only the archive that was just verified is known to be whole.
 * Nothing where there is a `doubt` about it, which is told. What can't be deleted is told: it must not make the backup fail,
 * which would be made again and again.
 */
async function prune(
  ctx: Context,
  policy: Policy,
  backups: Backups,
  newest: string,
  doubt: string | undefined,
): Promise<string[]> {
  const { directory, keep, timeZone } = backups;
  if (keep === undefined) return [];
  const archives = await scheduledArchives(directory, policy.namespace, devicesOf(policy));
  const now = ctx.clock.now();
  const known = archives.map((archive) => ({ ...archive, verified: archive.file === newest }));
  for (const { file } of archives.filter((archive) => isAhead(archive, now))) {
    const text = `${file} is dated in the future: it is kept, and takes no other archive's place`;
    tell(ctx, { namespace: policy.namespace, kind: 'backup', level: 'warning', text });
  }
  const old = prunable(known, keep, now, timeZone);
  if (doubt !== undefined && old.length > 0) {
    const them = old.length === 1 ? '1 older archive' : `${old.length} older archives`;
    const text = `${them} of ${namespaceTitle(policy.namespace)} ${old.length === 1 ? 'stays' : 'stay'}: ${doubt}`;
    tell(ctx, { namespace: policy.namespace, kind: 'backup', level: 'warning', text });
    return [];
  }
  const pruned: string[] = [];
  for (const { file } of old) {
    try {
      await rm(file, { force: true });
      pruned.push(file);
    } catch (error) {
      const text = `${file} could not be deleted (${(error as NodeJS.ErrnoException).code})`;
      tell(ctx, { namespace: policy.namespace, kind: 'backup', level: 'warning', text });
    }
  }
  return pruned;
}

const lacking = ({ namespace }: Policy, cause: string, remedy: string): Problem =>
  new Problem({ kind: 'bad-manifest', place: namespaceTitle(namespace), cause, remedy });
