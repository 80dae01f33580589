import { parseKeyId } from '../../core/names.ts';
import { copyKeys } from '../../core/transfer/copy-keys.ts';
import { chooseScope, loadManifest } from '../manifest.ts';
import { SCOPE_OPTIONS, usageProblem } from '../options.ts';
import { deviceBackupsFolder, withSessions } from '../sessions.ts';
import { tellTransfer } from '../transfer-report.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Copies one key to another device of the same domain, sealed, and reads it back there. Nothing else on the device is touched. If the key is there already, its tags, label and certificate are brought in line; another key of the same id is a conflict, and both stay.',
    'Before the first change to a device and release a whole backup of it is taken into the state folder.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest that names both devices.' }],
  options: {
    ...SCOPE_OPTIONS,
    key: { value: 'K', help: 'The key.', required: true },
    from: { value: 'D', help: 'The device that has it.', required: true },
    to: { value: 'D', help: 'The device that is to have it too.', required: true },
  },
  examples: [['copy-key site.nethsm.yaml --namespace payments --key card-7 --from oslo --to bergen', 'one key']],
  async run(run, values, [file = '']) {
    const key = parseKeyId(values.key, '--key');
    if (values.from === values.to) throw usageProblem('copy-key', '--from and --to name the same device');
    const loaded = await loadManifest(run, file);
    const { namespace } = chooseScope(loaded, values);
    return withSessions(run, loaded, [values.from, values.to], async (from, to) => {
      const options = { ...run.work, deviceBackups: deviceBackupsFolder(run) };
      const report = await copyKeys({ from, to, namespace, ids: [key] }, options);
      return tellTransfer(run, report, { key, from: from.name, to: to.name });
    });
  },
});
