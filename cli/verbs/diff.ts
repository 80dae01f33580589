import { stat } from 'node:fs/promises';
import { backupFile, unlockStores } from '../../core/backup/browse.ts';
import { openPass } from '../../core/backup/device-backup.ts';
import { keyPath } from '../../core/backup/paths.ts';
import { publicFacts } from '../../core/backup/stored.ts';
import { openKeyEntry } from '../../core/backup/unseal.ts';
import { compareBackups, findDrift, type OpenSealed } from '../../core/inventory/drift.ts';
import type { Drift } from '../../core/inventory/item.ts';
import { type Namespace, namespaceTitle } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import { type LoadedManifest, sitesOf } from '../../core/sessions/manifest.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { chooseNamespace, chooseScope, loadManifest, type Scope } from '../manifest.ts';
import { SCOPE_OPTIONS, usageProblem } from '../options.ts';
import type { Run } from '../run.ts';
import { filePassphrase } from '../secrets.ts';
import { withSessions } from '../sessions.ts';
import { count, printable } from '../terminal/text.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Shows the drift of a replica from its primary: keys that are missing there, extra, or differ in type, mechanisms, public key, tags, label or certificate. How often a key was used is no drift. Changes nothing. Exit code 2 when there is drift.',
    'With --backups it compares two backup files of devices instead, without a device; both open with NETHSM_BACKUP_PASSPHRASE. With --unseal, which takes NETHSM_UNLOCK_PASSPHRASE, it also names the fields that differ.',
  ],
  positionals: [
    { name: 'MANIFEST', help: 'The manifest; with --backups the first file, in the role of the primary.' },
    { name: 'FILE', help: 'With --backups: the second file, in the role of the replica.', optional: true },
  ],
  options: {
    ...SCOPE_OPTIONS,
    replica: { value: 'D', help: 'The replica to compare. Default: the only one of the namespace.' },
    backups: { help: 'Compare two backup files of devices.' },
    unseal: { help: 'With --backups: open the keys, to name the fields that differ.' },
  },
  examples: [
    ['diff site.nethsm.yaml --namespace payments', 'drift of the only replica of payments'],
    ['diff site.nethsm.yaml --root --replica bergen --json', 'drift of the root keys, for a program'],
    ['diff --backups oslo.bin bergen.bin --namespace payments --unseal', 'two files, no device'],
  ],
  async run(run, values, [file = '', other]) {
    if (values.backups) {
      if (other === undefined) throw usageProblem('diff', 'the second backup file is missing');
      return diffBackups(run, chooseNamespace(values), [file, other], values.unseal);
    }
    if (other !== undefined) throw usageProblem('diff', 'two files are compared with --backups only');
    if (values.unseal) throw usageProblem('diff', '--unseal goes with --backups');
    const loaded = await loadManifest(run, file);
    const scope = chooseScope(loaded, values);
    const names = chooseSides(loaded, scope, values.replica);
    return withSessions(run, loaded, names, async (primary, replica) => {
      return tell(run, scope.namespace, names, await findDrift(primary, replica, scope.namespace, run.work));
    });
  },
});

function chooseSides(loaded: LoadedManifest, scope: Scope, wanted: string | undefined): [string, string] {
  const { primaries, replicas } = sitesOf(scope.entry);
  const [primary] = primaries;
  const title = namespaceTitle(scope.namespace);
  if (primary === undefined) throw usageProblem('diff', `${loaded.file} names no primary of ${title}`);
  const others = [...primaries.slice(1), ...replicas];
  const replica = wanted ?? (others.length === 1 ? others[0] : undefined);
  if (replica === undefined) {
    throw usageProblem('diff', `${title} has ${count(others.length, 'replica')}; say --replica with one of them`);
  }
  if (replica === primary) throw usageProblem('diff', `${replica} is the primary of ${title} itself`);
  return [primary, replica];
}

/** From so many bytes on a backup file is worth two threads that open its entries. */
const LARGE = 16 * 1024 * 1024;

async function diffBackups(
  run: Run,
  namespace: Namespace,
  files: [string, string],
  unseal: boolean,
): Promise<ExitCode> {
  const passphrase = await filePassphrase(run, 'NETHSM_BACKUP_PASSPHRASE', 'backup passphrase of both files');
  const unlock = unseal
    ? await filePassphrase(run, 'NETHSM_UNLOCK_PASSPHRASE', 'unlock passphrase of both devices')
    : undefined;
  const side = async (file: string) => ({
    pass: await openPass(backupFile(file)(), {
      ...run.work,
      ...((await stat(file)).size > LARGE && { threads: 2 }),
      key: { passphrase },
      place: file,
    }),
    ...(unlock !== undefined && { open: await opener(file, namespace, passphrase, unlock) }),
  });
  const [left, right] = [await side(files[0]), await side(files[1])];
  return tell(run, namespace, files, await compareBackups(left, right, namespace));
}

/** Opens keys of a file; one of another Domain Key stays closed and differs with no field named. */
async function opener(file: string, namespace: Namespace, passphrase: string, unlock: string): Promise<OpenSealed> {
  const keys = await unlockStores(backupFile(file), { passphrase }, unlock, { place: file });
  return ({ id, value }) => {
    try {
      return publicFacts(openKeyEntry(keys, { path: keyPath(namespace, id), value }, file), file);
    } catch (error) {
      if (isProblem(error, 'unreadable')) return undefined;
      throw error;
    }
  };
}

const SHOWN = 20;

function tell(run: Run, namespace: Namespace, [primary, replica]: readonly [string, string], drift: Drift): ExitCode {
  const { missing, extra, differs, unreadable, same } = drift;
  const { style } = run;
  const first = <T>(list: readonly T[]): readonly T[] => list.slice(0, SHOWN);
  const lines = [
    ...first(missing).map((id) => `${style.red('-')} ${printable(id)}  ${style.dim('missing')}`),
    ...first(extra).map((id) => `${style.green('+')} ${printable(id)}  ${style.dim('extra')}`),
    ...first(differs).map(
      ({ id, fields }) =>
        `${style.yellow('~')} ${printable(id)}  ${style.dim(`differs${fields.length === 0 ? '' : `: ${fields.join(', ')}`}`)}`,
    ),
    ...first(unreadable).map(
      (id) => `${style.red('?')} ${printable(id)}  ${style.dim('one of the devices can not open it')}`,
    ),
  ];
  const all = missing.length + extra.length + differs.length + unreadable.length;
  run.table(...first(lines));
  if (all > SHOWN) run.table(style.dim(`… and ${count(all - SHOWN, 'more', 'more')}; --json has all`));
  const sides = `${namespaceTitle(namespace)}, ${printable(replica)} against ${printable(primary)}`;
  const inSync = all === 0;
  run.say(
    inSync
      ? `${style.green('✓')} ${sides}: in sync, ${count(same, 'key')}.`
      : `${style.yellow('!')} ${sides}: ${missing.length} missing, ${extra.length} extra, ${differs.length} different, ${unreadable.length > 0 ? `${unreadable.length} unreadable, ` : ''}${same} the same.`,
  );
  run.answer({ namespace, primary, replica, missing, extra, differs, unreadable, same });
  return inSync ? EXIT.done : EXIT.drift;
}
