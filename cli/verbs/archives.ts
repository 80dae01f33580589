import { basename, resolve } from 'node:path';
import { namespaceTitle } from '../../core/names.ts';
import { policiesOf } from '../../core/replication/policy-of.ts';
import { isAhead } from '../../core/replication/schedule/retention.ts';
import { EXIT } from '../exit.ts';
import { loadManifest } from '../manifest.ts';
import { usageProblem } from '../options.ts';
import { type KeepRule, type ListedArchive, listArchives, pruneArchives } from '../replication/archive-list.ts';
import type { Run } from '../run.ts';
import { filePassphrase } from '../secrets.ts';
import { makeTable } from '../terminal/table.ts';
import { count, number, printable } from '../terminal/text.ts';
import { duration } from '../terminal/times.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Lists the sealed archives of a folder and reads each to its end: its namespace, keys and users, its age, and whether it is whole. Their passphrase is NETHSM_BACKUP_PASSPHRASE. Exit code 1 when one of them could not be verified.',
    'With --prune it deletes the older ones of those that were made on a schedule, by --keep-last and --keep-daily or by what a manifest says. An archive goes only if a newer one of the same namespace and domain was verified just now and stays; archives with another name, of single keys or of keepers, are left alone.',
  ],
  positionals: [{ name: 'DIR', help: 'The folder.' }],
  options: {
    prune: { help: 'Delete what need not stay.' },
    'keep-last': { value: 'N', help: 'Keep this many of the newest of each namespace.' },
    'keep-daily': { value: 'N', help: 'Keep the newest of each of the latest N days that have one.' },
    manifest: { value: 'M', help: 'Keep what this manifest says, in place of both.' },
  },
  examples: [
    ['archives backups', 'what is there, and is it whole?'],
    ['archives backups --prune --keep-last 7 --keep-daily 30', 'delete what is older'],
  ],
  async run(run, values, [folder = '']) {
    const ruleOf = values.prune ? await keepRule(run, values) : refuseRules(values);
    const passphrase = await filePassphrase(run, 'NETHSM_BACKUP_PASSPHRASE', `passphrase of the archives in ${folder}`);
    const now = Date.now();
    const archives = await listArchives(run, resolve(run.around.cwd, folder), passphrase);
    const pruned = ruleOf === undefined ? [] : await pruneArchives(archives, ruleOf, now);
    show(run, archives, new Set(pruned), now);
    run.answer({ archives: archives.map(archiveJson), pruned });
    return archives.every(({ verified }) => verified) ? EXIT.done : EXIT.failed;
  },
});

interface KeepValues {
  'keep-last': string | undefined;
  'keep-daily': string | undefined;
  manifest: string | undefined;
}

function refuseRules({ manifest, ...keep }: KeepValues): undefined {
  if (manifest === undefined && keep['keep-last'] === undefined && keep['keep-daily'] === undefined) return undefined;
  throw usageProblem('archives', 'what is kept matters with --prune only');
}

async function keepRule(run: Run, values: KeepValues): Promise<KeepRule> {
  const last = wholeNumber('keep-last', values['keep-last']);
  const daily = wholeNumber('keep-daily', values['keep-daily']);
  const named = last !== undefined || daily !== undefined;
  if (named === (values.manifest !== undefined)) {
    throw usageProblem('archives', '--prune takes --keep-last, --keep-daily or both, or else --manifest');
  }
  if (values.manifest === undefined) {
    const keep = { ...(last !== undefined && { last }), ...(daily !== undefined && { daily }) };
    return () => ({ keep });
  }
  const { manifest, folder } = await loadManifest(run, values.manifest);
  const policies = policiesOf(manifest, folder);
  return (namespace) => {
    const { keep, timeZone } = policies.get(namespace)?.backups ?? {};
    return keep === undefined ? undefined : { keep, ...(timeZone !== undefined && { timeZone }) };
  };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw usageProblem('archives', `--${name} takes a whole number`);
}

function show(run: Run, archives: readonly ListedArchive[], pruned: ReadonlySet<string>, now: number): void {
  const { style } = run;
  const table = makeTable([
    { title: 'File', max: 60 },
    { title: 'Namespace', max: 24 },
    { title: 'Keys', align: 'right' },
    { title: 'Users', align: 'right' },
    { title: 'Age', align: 'right' },
    { title: 'State' },
  ]);
  const rows = archives.map((archive) => [
    printable(basename(archive.file)),
    archive.namespace === undefined ? '' : namespaceTitle(archive.namespace),
    archive.keys === undefined ? '' : number(archive.keys),
    archive.users === undefined ? '' : number(archive.users),
    archive.at === 0 ? '' : duration(Math.max(0, now - archive.at)),
    state(archive, pruned.has(archive.file), now),
  ]);
  if (rows.length > 0) run.table(style.bold(table.head(rows)), ...table.lines(rows), '');
  const bad = archives.filter(({ verified }) => !verified).length;
  run.say(
    `${bad === 0 ? style.green('✓') : style.red('✗')} ${count(archives.length, 'archive')}, ${number(archives.length - bad)} verified${pruned.size === 0 ? '' : `, ${number(pruned.size)} deleted`}.`,
  );
}

function state(archive: ListedArchive, pruned: boolean, now: number): string {
  const { problem, scheduled } = archive;
  const words = problem === undefined ? 'verified' : printable(problem);
  const more = pruned ? ', deleted' : scheduled ? '' : ', not of a schedule';
  return `${words}${more}${isAhead(archive, now) ? ', dated in the future' : ''}`;
}

const archiveJson = ({ at, ...archive }: ListedArchive) => ({
  ...archive,
  created: at === 0 ? null : new Date(at).toISOString(),
});
