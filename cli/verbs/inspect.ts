import { open } from 'node:fs/promises';
import { backupFile } from '../../core/backup/browse.ts';
import { type BackupInspection, inspectBackup } from '../../core/backup/inspect.ts';
import type { KeyFacts } from '../../core/key-facts.ts';
import { type KeyId, type Namespace, namespaceTitle, type UserName, userId } from '../../core/names.ts';
import { isArchive } from '../../core/transfer/archive/reader.ts';
import { verifyArchive } from '../../core/transfer/backup-namespace.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { factsJson, KEY_COLUMNS, keyRow } from '../facts.ts';
import { usageProblem } from '../options.ts';
import type { Run } from '../run.ts';
import { filePassphrase } from '../secrets.ts';
import { makeTable } from '../terminal/table.ts';
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
    `${run.style.green('✓')} ${printable(file)}: sealed archive, whole. Made ${archive.created} of ${printable(archive.device)}, release ${printable(archive.release)}.`,
  );
  showNamespace(run, archive.namespace, users, Object.fromEntries(ids.map((id) => [id, {}])));
  const { created, device, domain, release, namespace } = archive;
  const keys = Object.fromEntries(ids.map((id) => [id, {}]));
  const head = { format: 'archive', version: 1, complete: true, created, device, domain, release };
  run.answer({ ...head, namespaces: { [namespace]: { users, keys } } });
  return EXIT.done;
}

function tellBackup(run: Run, file: string, inspection: BackupInspection): ExitCode {
  const { style } = run;
  const sound = inspection.complete && inspection.problems.length === 0;
  run.say(
    `${sound ? style.green('✓') : style.red('✗')} ${printable(file)}: device backup, version ${inspection.version}${inspection.deviceId === undefined ? '' : `, of device ${printable(inspection.deviceId)}`}, ${count(inspection.entries, 'entry', 'entries')}, ${inspection.complete ? 'complete' : 'NOT COMPLETE'}.`,
    ...inspection.problems.map(({ message }) => `  ${style.red('✗')} ${printable(message)}`),
    ...inspection.notes.map(({ message }) => `  ${style.yellow('!')} ${printable(message)}`),
  );
  for (const [name, { users, keys }] of Object.entries(inspection.namespaces))
    showNamespace(run, name as Namespace, users, keys);
  run.answer({ ...inspection, namespaces: namespacesJson(inspection.namespaces) });
  return sound ? EXIT.done : EXIT.failed;
}

type Keys = BackupInspection['namespaces'][string]['keys'];

const namespacesJson = (namespaces: BackupInspection['namespaces']) =>
  Object.fromEntries(
    Object.entries(namespaces).map(([name, { users, keys }]) => [
      name,
      { users, keys: Object.fromEntries(Object.entries(keys).map(([id, facts]) => [id, factsJson(facts)])) },
    ]),
  );

const isOpened = (facts: Keys[string]): facts is KeyFacts => 'type' in facts;

function showNamespace(run: Run, namespace: Namespace, users: readonly string[], keys: Keys): void {
  const ids = Object.keys(keys);
  run.table(
    '',
    run.style.bold(
      `${printable(namespaceTitle(namespace))}: ${count(ids.length, 'key')}, ${count(users.length, 'user')}`,
    ),
    ...(users.length === 0 ? [] : [`  Users: ${users.map(printable).join(', ')}`]),
  );
  const table = makeTable(KEY_COLUMNS);
  const rows = Object.entries(keys).flatMap(([id, facts]) => (isOpened(facts) ? [keyRow(id, facts)] : []));
  if (rows.length > 0) run.table(...[table.head(rows), ...table.lines(rows)].map((line) => `  ${line}`));
  const closed = Object.entries(keys).filter(([, facts]) => !isOpened(facts));
  run.table(...closed.map(([id]) => `  ${printable(id)}`));
}
