import { backupNamespace } from '../../core/transfer/backup-namespace.ts';
import { ARCHIVE_PASSPHRASE_HELP, archivePassphrase } from '../archive-passphrase.ts';
import { tellArchive } from '../archive-report.ts';
import { chooseDevice, chooseScope, loadManifest } from '../manifest.ts';
import { SCOPE_OPTIONS } from '../options.ts';
import { withSessions } from '../sessions.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Puts the keys and users of one namespace into a sealed archive and reads it back. The keys stay sealed as the device stores them; the archive holds no Domain Key, so it opens only on a device of the same domain, and a device refuses it as a backup of its own.',
    ARCHIVE_PASSPHRASE_HELP,
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest that names the device.' }],
  options: {
    ...SCOPE_OPTIONS,
    device: { value: 'D', help: 'The device to read. Default: the primary of the namespace.' },
    out: { value: 'F', help: 'The archive to write; nothing is ever overwritten.', required: true },
  },
  examples: [
    ['backup site.nethsm.yaml --namespace payments --out payments.nethsm-archive', 'one namespace of its primary'],
    ['backup site.nethsm.yaml --root --device bergen --out root.nethsm-archive', 'the root keys of bergen'],
  ],
  async run(run, values, [file = '']) {
    const loaded = await loadManifest(run, file);
    const scope = chooseScope(loaded, values);
    const device = chooseDevice(loaded, scope, values.device);
    return withSessions(run, loaded, [device], async (session) => {
      const passphrase = await archivePassphrase(run, session, values.out);
      const report = await backupNamespace(session, scope.namespace, { out: values.out, passphrase }, run.work);
      return tellArchive(run, report, { device });
    });
  },
});
