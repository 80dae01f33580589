import { open } from 'node:fs/promises';
import { backupFile } from '../../core/backup/browse.ts';
import { type BackupInspection, type Finding, inspectBackup } from '../../core/backup/inspect.ts';
import { moment } from '../../core/moment.ts';
import { type KeyId, namespaceTitle, type UserName, userId } from '../../core/names.ts';
import { isArchive } from '../../core/transfer/archive/reader.ts';
import { verifyArchive } from '../../core/transfer/backup-namespace.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { inspectionJson, showNamespaces } from '../inspection.ts';
import { usageProblem } from '../options.ts';
import type { Run } from '../run.ts';
import { filePassphrase } from '../secrets.ts';
import { count, printable } from '../terminal/text.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Looks into a whole backup of a device (releases 1.0 to 5.0) or a sealed archive of ours, without a device: which namespaces, users and keys it holds, whether it is complete, and what is wrong with it. Its passphrase is NETHSM_BACKUP_PASSPHRASE.',
    'With --unseal, which takes NETHSM_UNLOCK_PASSPHRASE, the keys of a device backup are opened in memory, to tell their type, public key, tags and certificate; nothing of a private key is shown or kept.',
  ],
  positionals: [{ name: 'FILE', help: 'The backup or archive.' }],
  options: { unseal: { help: 'Open the keys of a device backup, to tell what they are.' } },
  examples: [
    ['inspect oslo.nethsm-backup', 'what is in it, and is it whole?'],
    ['inspect oslo.nethsm-backup --unseal --json', 'all public facts, for a program'],
  ],
  async run(run, values, [file = '']) {
    const archive = await startsLikeArchive(file);
    if (archive && values.unseal)
      throw usageProblem('inspect', 'an archive holds no Domain Key, so --unseal has nothing to open it with');
    const passphrase = await filePassphrase(run, 'NETHSM_BACKUP_PASSPHRASE', `passphrase of ${file}`);
    if (archive) return inspectArchive(run, file, passphrase);
    const unlock = values.unseal
      ? { unlockPassphrase: await filePassphrase(run, 'NETHSM_UNLOCK_PASSPHRASE', `unlock passphrase for ${file}`) }
      : {};
    const options = { ...run.work, place: file, ...unlock };
    return tellBackup(run, file, await inspectBackup(backupFile(file), { passphrase }, options));
  },
});

async function startsLikeArchive(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
    return isArchive(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

async function inspectArchive(run: Run, file: string, passphrase: string): Promise<ExitCode> {
  const ids: KeyId[] = [];
  const archive = await verifyArchive(file, passphrase, { ...run.work, onKey: (id) => void ids.push(id) });
  const users = archive.users.map(({ name }) => userId(archive.namespace, name as UserName));
  run.say(
    `${run.style.green('✓')} ${printable(file)}: sealed archive of ${namespaceTitle(archive.namespace)}, whole. Made ${moment(Date.parse(archive.created))} of ${printable(archive.device)}, release ${printable(archive.release)}.`,
  );
  const { created, device, domain, release, namespace } = archive;
  const namespaces = { [namespace]: { users, keys: Object.fromEntries(ids.map((id) => [id, {}])) } };
  showNamespaces(run, namespaces);
  const head = { format: 'archive', version: 1, complete: true, created, device, domain, release };
  await run.answerInPieces(inspectionJson(head, namespaces));
  return EXIT.done;
}

/** Most problems and notes that are shown one by one; the JSON has all. */
const SHOWN = 20;

async function tellBackup(run: Run, file: string, inspection: BackupInspection): Promise<ExitCode> {
  const { style } = run;
  const sound = inspection.complete && inspection.problems.length === 0;
  run.say(
    `${sound ? style.green('✓') : style.red('✗')} ${printable(file)}: device backup, version ${inspection.version}${inspection.deviceId === undefined ? '' : `, of device ${printable(inspection.deviceId)}`}, ${count(inspection.entries, 'entry', 'entries')}, ${inspection.complete ? 'complete' : 'NOT COMPLETE'}.`,
    ...findingLines(inspection.problems, style.red('✗')),
    ...findingLines(inspection.notes, style.yellow('!')),
  );
  const { namespaces, ...head } = inspection;
  showNamespaces(run, namespaces);
  await run.answerInPieces(inspectionJson(head, namespaces));
  return sound ? EXIT.done : EXIT.failed;
}

function findingLines(findings: readonly Finding[], mark: string): string[] {
  const more = findings.length - SHOWN;
  return [
    ...findings.slice(0, SHOWN).map(({ message }) => `  ${mark} ${printable(message)}`),
    ...(more > 0 ? [`  ${mark} … and ${count(more, 'more', 'more')}; --json has all`] : []),
  ];
}
