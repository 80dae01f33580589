import { parseKeyId } from '../../core/names.ts';
import { backupNamespace } from '../../core/transfer/backup-namespace.ts';
import { ARCHIVE_PASSPHRASE_HELP, archivePassphrase } from '../archive-passphrase.ts';
import { tellArchive } from '../archive-report.ts';
import { chooseDevice, chooseScope, loadManifest } from '../manifest.ts';
import { SCOPE_OPTIONS } from '../options.ts';
import { withSessions } from '../sessions.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Puts one key into a sealed archive and reads it back; no user goes along. See backup for what an archive is.',
    ARCHIVE_PASSPHRASE_HELP,
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest that names the device.' }],
  options: {
    ...SCOPE_OPTIONS,
    key: { value: 'K', help: 'The key.', required: true },
    device: { value: 'D', help: 'The device to read. Default: the primary of the namespace.' },
    out: { value: 'F', help: 'The archive to write; nothing is ever overwritten.', required: true },
  },
  examples: [['backup-key site.nethsm.yaml --namespace payments --key card-7 --out card-7.nethsm-archive', 'one key']],
  async run(run, values, [file = '']) {
    const key = parseKeyId(values.key, '--key');
    const loaded = await loadManifest(run, file);
    const scope = chooseScope(loaded, values);
    const device = chooseDevice(loaded, scope, values.device);
    return withSessions(run, loaded, [device], async (session) => {
      const passphrase = await archivePassphrase(run, session, values.out);
      const archive = { out: values.out, passphrase, only: new Set([key]) };
      const report = await backupNamespace(session, scope.namespace, archive, run.work);
      return tellArchive(run, report, { device, key });
    });
  },
});
