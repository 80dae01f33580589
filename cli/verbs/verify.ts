import { moment } from '../../core/moment.ts';
import { namespaceTitle } from '../../core/names.ts';
import { verifyArchive } from '../../core/transfer/backup-namespace.ts';
import { EXIT } from '../exit.ts';
import { filePassphrase } from '../secrets.ts';
import { count, printable } from '../terminal/text.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Reads a sealed archive from beginning to end, without a device: every record is opened and must stand in its place, and all that the sealed inventory names must be there. Its passphrase is NETHSM_BACKUP_PASSPHRASE.',
  ],
  positionals: [{ name: 'FILE', help: 'The archive.' }],
  options: {},
  examples: [['verify payments.nethsm-archive', 'is it whole?']],
  async run(run, _values, [file = '']) {
    const passphrase = await filePassphrase(run, 'NETHSM_BACKUP_PASSPHRASE', `passphrase of ${file}`);
    const archive = await verifyArchive(file, passphrase, run.work);
    const { namespace, created, device, domain, release, keys, users } = archive;
    run.say(
      `${run.style.green('✓')} ${printable(file)} is whole: ${count(keys, 'key')} and ${count(users.length, 'user')} of ${namespaceTitle(namespace)}.`,
      run.style.dim(
        `  Made ${moment(Date.parse(created))} of ${printable(device)}, release ${printable(release)}, domain ${domain}.`,
      ),
    );
    const figures = { keys, users: users.length, asked: keys, done: keys, verified: keys };
    run.answer({ file, namespace, ...figures, created, device, release, domain });
    return EXIT.done;
  },
});
