import { pairDevices } from '../../core/transfer/pair.ts';
import { EXIT } from '../exit.ts';
import { shownPath } from '../files.ts';
import { loadManifest } from '../manifest.ts';
import { usageProblem } from '../options.ts';
import { deviceBackupsFolder, withSessions } from '../sessions.ts';
import { count, printable } from '../terminal/text.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Gives a device the Domain Key of another one, so that sealed keys can travel between them. Needed once for two devices. It restores a whole backup of --from on --to, unlocks it and checks that both have the same domain.',
    'Everything that --to held before is gone afterwards, and it has the users, passphrases, namespaces and keys of --from. So it is refused when --to holds namespaces, keys or users beyond those that the manifest names for it, unless --erase names the device; a whole backup of it is taken first.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest that names both devices.' }],
  options: {
    from: { value: 'D', help: 'The device whose Domain Key is taken over.', required: true },
    to: { value: 'D', help: 'The device that takes it over.', required: true },
    erase: { value: 'DEVICE', help: 'The name of --to again: what it holds may be lost.' },
  },
  examples: [
    ['pair site.nethsm.yaml --from oslo --to bergen', 'bergen is fresh'],
    ['pair site.nethsm.yaml --from oslo --to bergen --erase bergen', 'what bergen holds may go'],
  ],
  async run(run, values, [file = '']) {
    if (values.from === values.to) throw usageProblem('pair', '--from and --to name the same device');
    if (values.erase !== undefined && values.erase !== values.to) {
      throw usageProblem('pair', '--erase names another device than --to');
    }
    const loaded = await loadManifest(run, file);
    return withSessions(run, loaded, [values.from, values.to], async (from, to) => {
      const request = { from, to, ...(values.erase !== undefined && { erase: values.erase }) };
      const report = await pairDevices(request, { ...run.work, deviceBackups: deviceBackupsFolder(run) });
      const { users, namespaces, keys } = report.erased;
      run.say(
        `${run.style.green('✓')} ${to.name} has the Domain Key of ${from.name} now, with its users and passphrases.`,
        ...(users + namespaces + keys === 0
          ? []
          : [
              `  Gone from it: ${count(namespaces, 'namespace')}, ${count(keys, 'root key')}, ${count(users, 'user')}.`,
            ]),
        ...(report.deviceBackup === undefined
          ? []
          : [
              run.style.dim(`  Whole backup from before: ${printable(shownPath(run.around.cwd, report.deviceBackup))}`),
            ]),
      );
      run.answer(report);
      return EXIT.done;
    });
  },
});
