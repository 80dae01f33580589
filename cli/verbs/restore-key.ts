import { parseKeyId } from '../../core/names.ts';
import { restoreNamespace } from '../../core/transfer/restore-namespace.ts';
import { ARCHIVE_PASSPHRASE_HELP, archivePassphrase } from '../archive-passphrase.ts';
import { chooseScope, loadManifest } from '../manifest.ts';
import { announceArchiveMerge, MERGE_OPTIONS, mergeChoice } from '../method.ts';
import { SCOPE_OPTIONS } from '../options.ts';
import { deviceBackupsFolder, withSessions } from '../sessions.ts';
import { tellTransfer } from '../transfer-report.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Brings one key back from a sealed archive, of the key alone or of its whole namespace. If the key is on the device already it stays as it is. See restore.',
    ARCHIVE_PASSPHRASE_HELP,
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest that names the device.' }],
  options: {
    from: { value: 'F', help: 'The archive.', required: true },
    ...SCOPE_OPTIONS,
    key: { value: 'K', help: 'The key.', required: true },
    device: { value: 'D', help: 'The device to bring it to.', required: true },
    ...MERGE_OPTIONS,
  },
  examples: [
    [
      'restore-key site.nethsm.yaml --from payments.nethsm-archive --namespace payments --key card-7 --device oslo',
      'one key that was deleted by mistake',
    ],
  ],
  async run(run, values, [file = '']) {
    const key = parseKeyId(values.key, '--key');
    const merge = mergeChoice('restore-key', values);
    const loaded = await loadManifest(run, file);
    const { namespace } = chooseScope(loaded, values);
    return withSessions(run, loaded, [values.device], async (session) => {
      const passphrase = await archivePassphrase(run, session, values.from);
      const request = { file: values.from, passphrase, namespace, users: false, only: key, ...merge };
      if (merge !== undefined) await announceArchiveMerge(run, session, request);
      const report = await restoreNamespace(session, request, { ...run.work, deviceBackups: deviceBackupsFolder(run) });
      return tellTransfer(run, report, { file: values.from, key });
    });
  },
});
