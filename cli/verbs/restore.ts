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
    'Brings the keys of a sealed archive back: those that are missing on the device. What is there already stays as it is; the same id with another content is a conflict and is shown. Nothing else on the device is touched. The whole archive is verified before the first key is sent, and each key is read back.',
    'Before the first change to a device and release a whole backup of it is taken into the state folder.',
    ARCHIVE_PASSPHRASE_HELP,
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest that names the device.' }],
  options: {
    from: { value: 'F', help: 'The archive.', required: true },
    ...SCOPE_OPTIONS,
    device: { value: 'D', help: 'The device to bring it to.', required: true },
    users: { help: 'Bring the Operators back too, with their passphrases. N-Administrators never come back.' },
    ...MERGE_OPTIONS,
  },
  examples: [
    ['restore site.nethsm.yaml --from payments.nethsm-archive --namespace payments --device bergen', 'the keys'],
    [
      'restore site.nethsm.yaml --from payments.nethsm-archive --namespace payments --device bergen --users',
      'the keys and the Operators who use them',
    ],
  ],
  async run(run, values, [file = '']) {
    const merge = mergeChoice('restore', values);
    const loaded = await loadManifest(run, file);
    const { namespace } = chooseScope(loaded, values);
    return withSessions(run, loaded, [values.device], async (session) => {
      const passphrase = await archivePassphrase(run, session, values.from);
      const request = { file: values.from, passphrase, namespace, users: values.users, ...merge };
      if (merge !== undefined) await announceArchiveMerge(run, session, request);
      const report = await restoreNamespace(session, request, { ...run.work, deviceBackups: deviceBackupsFolder(run) });
      return tellTransfer(run, report, { file: values.from });
    });
  },
});
