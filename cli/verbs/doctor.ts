import type { Session } from '../../core/device/session.ts';
import { type Diagnosis, runDoctor } from '../../core/doctor/doctor.ts';
import type { Finding } from '../../core/doctor/finding.ts';
import { checkLeftOvers } from '../../core/doctor/left-overs.ts';
import type { Patient } from '../../core/doctor/patient.ts';
import { checkSecretFiles } from '../../core/doctor/secret-files.ts';
import { type Namespace, parseNamespace, ROOT } from '../../core/names.ts';
import { devicesOf, type Policy } from '../../core/replication/policy.ts';
import { policyOf } from '../../core/replication/policy-of.ts';
import { secretFiles } from '../../core/sessions/secret-files.ts';
import type { Manifest } from '../../schemas/manifest.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { loadManifest } from '../manifest.ts';
import { contextOf, HASTY, withJournal } from '../replication.ts';
import type { Run } from '../run.ts';
import { withSessions } from '../sessions.ts';
import { count, printable } from '../terminal/text.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Examines every device of a manifest and what we rely on: confirmed address and key, state, each credential (there, right, not more powerful than needed), release, certificate, clock, Domain Key against the other devices of the same namespaces, whether it writes, keys that it can not open, stand-ins left over, and, where a namespace is replicated: who is primary (a split brain, an older epoch), keepers who are back on a replica, a device that was restored to an older state, a lease left over, a second place for the keepers’ archive. On this machine: files that killed runs left behind, and files of secrets that others can read. Exit code 1 when something is ill.',
    'It reads one backup of each device, and sets the passphrase of our administrator to what it is already: only a write shows whether a device writes. Up to 5,000 keys of each namespace are read.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest.' }],
  options: {},
  examples: [
    ['doctor site.nethsm.yaml', 'what is ill, and its remedy'],
    ['doctor site.nethsm.yaml --json', 'every check, for monitoring'],
  ],
  async run(run, _values, [file = '']) {
    const loaded = await loadManifest(run, file);
    const names = Object.keys(loaded.manifest.devices);
    const { manifest, folder } = loaded;
    const policies = namespacesOf(manifest).map((namespace) => policyOf(manifest, namespace, folder));
    return withJournal(run, loaded, (journal) =>
      withSessions(
        run,
        loaded,
        names,
        async (...sessions) => {
          const patients = sessions.map((session) => patientOf(session, policies));
          const replication = { ctx: contextOf(run, loaded, journal, sessions), policies };
          const devices = await runDoctor(patients, { ...run.work, replication });
          const here = [await checkLeftOvers(replication.ctx, policies), await checkSecretFiles(secretFiles(loaded))];
          return tell(run, devices, here);
        },
        { unconfirmed: 'keep', limits: { health: HASTY.health } },
      ),
    );
  },
});

const namespacesOf = (manifest: Manifest): Namespace[] => [
  ...Object.keys(manifest.namespaces).map((name) => parseNamespace(name)),
  ...(manifest.root === undefined ? [] : [ROOT]),
];

const patientOf = (session: Session, policies: readonly Policy[]): Patient => ({
  session,
  namespaces: policies.filter((policy) => devicesOf(policy).includes(session.name)).map(({ namespace }) => namespace),
});

function tell(run: Run, devices: Diagnosis, here: readonly Finding[]): ExitCode {
  const { style } = run;
  for (const [name, findings] of [...Object.entries(devices), ['this machine', here] as const]) {
    run.table(
      style.bold(printable(name)),
      ...findings.flatMap(({ check, ok, detail, remedy }) => [
        `  ${ok ? style.green('✓') : style.red('✗')} ${check.padEnd(24)}${printable(detail)}.`,
        ...(remedy === undefined ? [] : [`    ${style.cyan('→')} ${printable(remedy)}.`]),
      ]),
      '',
    );
  }
  const ill = [...Object.values(devices), here].flat().filter(({ ok }) => !ok).length;
  run.say(ill === 0 ? `${style.green('✓')} All is well.` : `${style.red('✗')} ${count(ill, 'thing')} to look after.`);
  run.answer({ devices, here });
  return ill === 0 ? EXIT.done : EXIT.failed;
}
