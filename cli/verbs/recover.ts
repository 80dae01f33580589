import { resolve } from 'node:path';
import { namespaceTitle, parseKeyId } from '../../core/names.ts';
import { recoverKeys, type TakenOut, takenOut, type Wanted } from '../../core/replication/recover.ts';
import { replicationPassphrase } from '../archive-passphrase.ts';
import { EXIT } from '../exit.ts';
import { chooseScope, loadManifest } from '../manifest.ts';
import { SCOPE_OPTIONS, usageProblem } from '../options.ts';
import { withJournal } from '../replication.ts';
import type { Run } from '../run.ts';
import { makeTable } from '../terminal/table.ts';
import { count, printable } from '../terminal/text.ts';
import { moment } from '../terminal/times.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Lists the keys of a namespace that replication deleted or replaced on a device: before it does, it keeps their sealed values in the journal. No device is asked.',
    'With --out it writes them into a sealed archive, of each key the value that was taken out last; restore and restore-key bring them back from there. The archive is sealed under NETHSM_BACKUP_PASSPHRASE.',
    'The journal is that of whoever did it: name the state folder of the agent with --state.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest.' }],
  options: {
    ...SCOPE_OPTIONS,
    key: { value: 'K', help: 'This key only.' },
    since: { value: 'TIME', help: 'Only what was taken out since then, as 2026-11-24T12:00:00Z.' },
    out: { value: 'F', help: 'The archive to write.' },
  },
  examples: [
    ['recover site.nethsm.yaml --namespace payments', 'what was deleted, where, when and why'],
    [
      'recover site.nethsm.yaml --namespace payments --key card-7 --out card-7.nethsm-archive',
      'then: restore-key --from card-7.nethsm-archive',
    ],
  ],
  async run(run, values, [file = '']) {
    const wanted: Wanted = {
      ...(values.key !== undefined && { key: parseKeyId(values.key, '--key') }),
      ...(values.since !== undefined && { since: momentOf(values.since) }),
    };
    const loaded = await loadManifest(run, file);
    const { namespace } = chooseScope(loaded, values);
    return withJournal(run, loaded, async (journal) => {
      if (values.out === undefined) {
        const keys = takenOut(journal, namespace, wanted);
        show(run, keys, namespaceTitle(namespace));
        run.answer({ namespace, keys: keys.map(takenOutJson) });
        return EXIT.done;
      }
      const passphrase = await replicationPassphrase(run);
      const out = resolve(run.around.cwd, values.out);
      const report = await recoverKeys(journal, namespace, wanted, { out, passphrase }, run.work);
      const { keys, otherDomain, ...figures } = report;
      run.say(
        `${run.style.green('✓')} ${printable(values.out)}: ${count(keys.length, 'key')} of ${namespaceTitle(namespace)} that replication took out, sealed and verified.`,
      );
      if (otherDomain.length > 0) {
        const ids = otherDomain.slice(0, 5).map(({ id }) => id);
        run.say(
          `  ${count(otherDomain.length, 'key')} of another Domain Key left out (${ids.join(', ')}${otherDomain.length > 5 ? ' …' : ''}): name one with --key.`,
        );
      }
      run.answer({ ...figures, keys: keys.map(takenOutJson), otherDomain: otherDomain.map(takenOutJson) });
      return EXIT.done;
    });
  },
});

function momentOf(text: string): number {
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return at;
  throw usageProblem('recover', '--since takes a moment, as 2026-11-24T12:00:00Z');
}

function show(run: Run, keys: readonly TakenOut[], title: string): void {
  if (keys.length === 0) {
    run.say(`The journal holds no key of ${title} that replication took out.`);
    return;
  }
  const table = makeTable([{ title: 'Key', max: 40 }, { title: 'Device' }, { title: 'Taken out' }, { title: 'Why' }]);
  const rows = keys.map(({ id, device, at, reason }) => [id, printable(device), moment(at), printable(reason)]);
  run.table(run.style.bold(table.head(rows)), ...table.lines(rows), '');
  run.say(`${count(keys.length, 'value')} kept. --out writes them into an archive.`);
}

const takenOutJson = ({ id, device, at, domain, reason }: TakenOut) => ({
  id,
  device,
  at: new Date(at).toISOString(),
  domain,
  reason,
});
