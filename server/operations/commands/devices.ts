import { type Diagnosis, runDoctor } from '../../../core/doctor/doctor.ts';
import { policiesOf } from '../../../core/replication/policy-of.ts';
import { pairDevices } from '../../../core/transfer/pair.ts';
import { contextOf } from '../engine/context.ts';
import { deviceBackupsFolder } from '../engine/engine.ts';
import { inEditorWords } from '../look/editor-words.ts';
import { keepFindings, namespacesOf } from '../reads/devices.ts';
import { type Command, tellActivity } from './carry-out.ts';
import { requireTyped } from './confirmed.ts';
import { count, makeResult, simpleResult } from './results.ts';

export const doctor: Command<'doctor'> = {
  reason: ({ device }) => `to examine ${device ?? 'the devices'}`,
  changes: false,
  async run(engine, { manifest, device }, work) {
    const saved = await engine.manifests.valid(manifest);
    const names = device === undefined ? Object.keys(saved.manifest.devices) : [device];
    const policies = [...policiesOf(saved.manifest, saved.folder).values()];
    const all = Object.keys(saved.manifest.devices);
    const diagnosis = await engine.sessions.use(
      saved,
      all,
      (...sessions) => {
        const examined = sessions.filter(({ name }) => names.includes(name));
        const patients = examined.map((session) => ({ session, namespaces: namespacesOf(saved, session.name) }));
        const ctx = contextOf(engine, saved, sessions, work);
        const replication = device === undefined ? { replication: { ctx, policies } } : {};
        return runDoctor(patients, { ...work, ...replication });
      },
      'keep',
    );
    for (const [name, findings] of Object.entries(diagnosis)) keepFindings(engine, saved, name, findings);
    const findings = Object.entries(diagnosis).flatMap(([name, list]) => list.map((finding) => ({ name, ...finding })));
    const ill = findings.filter(({ ok }) => !ok);
    const figures = { asked: findings.length, done: findings.length, verified: findings.length - ill.length };
    const about = names.join(' and ');
    const summary =
      ill.length === 0
        ? `${about}: all is well, ${count(findings.length, 'check')} made.`
        : `${about}: ${count(ill.length, 'thing')} to look after, of ${count(findings.length, 'check')} made.`;
    engine.editor.changed({ manifest, what: 'devices' });
    const lines = ill.map(
      ({ name, check, detail, remedy }) => `${name}, ${check}: ${detail}. ${inEditorWords(remedy ?? '')}.`,
    );
    const result = simpleResult(ill.length === 0 ? 'done' : 'partly', summary, [...lines, ...lookedAt(diagnosis)]);
    return { ...result, ...figures };
  },
};

/** What was looked at, a line for each device. */
const lookedAt = (diagnosis: Diagnosis): string[] =>
  Object.entries(diagnosis).map(
    ([name, findings]) => `Looked at on ${name}: ${[...new Set(findings.map(({ check }) => check))].join(', ')}.`,
  );

export const pair: Command<'pair'> = {
  reason: ({ to }) => `to pair ${to}`,
  changes: true,
  async run(engine, params, work) {
    const { from, to, erase } = params;
    const saved = await engine.manifests.valid(params.manifest);
    await requireTyped(engine, { command: 'pair', params }, to, work);
    const report = await engine.sessions.use(saved, [from, to], (source, target) =>
      pairDevices(
        { from: source, to: target, ...(erase && { erase: to }) },
        { ...work, deviceBackups: deviceBackupsFolder(engine) },
      ),
    );
    const { users, namespaces, keys } = report.erased;
    const summary = `${to} has the Domain Key of ${from} now, with its users and passphrases.`;
    const result = makeResult('done', { asked: 1, done: 1, verified: 1 }, summary, [
      ...(users + namespaces + keys === 0
        ? []
        : [
            '',
            `Gone from it: ${count(namespaces, 'namespace')}, ${count(keys, 'root key')}, ${count(users, 'user')}.`,
          ]),
      ...(report.deviceBackup === undefined ? [] : ['', `Whole backup from before: \`${report.deviceBackup}\``]),
    ]);
    engine.secrets.takeOver(saved, from, to);
    await engine.sessions.drop(saved, to);
    return tellActivity(engine, saved, { kind: 'pair', device: to }, result);
  },
};
