import { backupDevice } from '../../core/transfer/backup-device.ts';
import { EXIT } from '../exit.ts';
import { loadManifest } from '../manifest.ts';
import { withSessions } from '../sessions.ts';
import { count, printable } from '../terminal/text.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Takes a whole backup of a device into a new file, as the device makes it, and verifies it on the way: every entry opens, its end is there, and it holds all users and namespaces that the device lists.',
    'Such a file holds the locked Domain Key. Whoever has it, the backup passphrase and the unlock passphrase has all keys. A device restores it as a whole, and then everything newer there is gone: for one namespace use backup and restore.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest that names the device.' }],
  options: {
    device: { value: 'D', help: 'The device.', required: true },
    out: { value: 'F', help: 'The file to write; nothing is ever overwritten.', required: true },
  },
  examples: [['backup-device site.nethsm.yaml --device oslo --out oslo.nethsm-backup', 'everything of oslo']],
  async run(run, values, [file = '']) {
    const loaded = await loadManifest(run, file);
    return withSessions(run, loaded, [values.device], async (session) => {
      const report = await backupDevice(session, values.out, run.work);
      run.say(
        `${run.style.green('✓')} ${printable(report.file)}: whole backup of ${session.name}, ${count(report.entries, 'entry', 'entries')} with ${count(report.keys, 'key')}, verified.`,
      );
      run.answer({ device: session.name, ...report });
      return EXIT.done;
    });
  },
});
