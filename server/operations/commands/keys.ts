import { namespaceTitle, parseKeyId } from '../../../core/names.ts';
import { copyKeys as copy, MAX_COPIED_KEYS } from '../../../core/transfer/copy-keys.ts';
import type { TransferReport } from '../../../core/transfer/report.ts';
import { namespaceOf } from '../engine/context.ts';
import { deviceBackupsFolder } from '../engine/engine.ts';
import { countsOf, wholeDrift } from '../look/drift.ts';
import { listMissing } from '../look/missing.ts';
import { followersOf } from '../look/primary.ts';
import type { DriftCounts } from '../protocol.ts';
import { type Command, tellActivity } from './carry-out.ts';
import { count, makeResult, transferResult } from './results.ts';
import { requireSealed } from './sealed.ts';

export const diff: Command<'diff'> = {
  reason: ({ namespace }) => `to compare ${namespaceTitle(namespaceOf(namespace))}`,
  changes: false,
  async run(engine, params, work) {
    const saved = await engine.manifests.valid(params.manifest);
    const namespace = namespaceOf(params.namespace);
    const replicas = params.replica === undefined ? followersOf(engine, saved, namespace) : [params.replica];
    const drift: Record<string, DriftCounts> = {};
    const lines: string[] = [];
    for (const replica of replicas) {
      const { value } = await wholeDrift(engine, saved, namespace, replica, { maxAge: 0, ask: true }, work);
      const { missing, extra, differs, same } = countsOf(value);
      drift[replica] = countsOf(value);
      lines.push(
        `${replica}: ${missing} missing, ${extra} extra, ${differs} differ, ${same} the same as on ${value.primary}.`,
      );
    }
    const all = Object.values(drift);
    const looked = all.reduce((sum, { missing, extra, differs, same }) => sum + missing + extra + differs + same, 0);
    const drifting = all.filter(({ missing, extra, differs }) => missing + extra + differs > 0).length;
    const title = namespaceTitle(namespace);
    const summary = drifting === 0 ? `${title} is the same everywhere.` : `${title}: ${lines.join(' ')}`;
    const figures = { asked: looked, done: looked, verified: looked };
    return { ...makeResult('done', figures, summary, ['', ...lines.map((line) => `- ${line}`)]), drift };
  },
};

export const copyKeys: Command<'copyKeys'> = {
  reason: ({ keys }) => (keys === 'missing' ? 'to copy what is missing' : `to copy ${count(keys.length, 'key')}`),
  changes: true,
  async run(engine, params, work) {
    const saved = await engine.manifests.valid(params.manifest);
    const namespace = namespaceOf(params.namespace);
    const options = { ...work, deviceBackups: deviceBackupsFolder(engine) };
    requireSealed(saved, namespace);
    const report = await engine.sessions.use(saved, [params.from, params.to], async (from, to) => {
      const ids =
        params.keys === 'missing'
          ? await listMissing(saved, from, to, namespace, work)
          : params.keys.map((id) => parseKeyId(id));
      let whole: TransferReport | undefined;
      for (let at = 0; at < ids.length; at += MAX_COPIED_KEYS) {
        const part = await copy({ from, to, namespace, ids: ids.slice(at, at + MAX_COPIED_KEYS) }, options);
        whole = whole === undefined ? part : joined(whole, part);
        if (part.stopped !== undefined) break;
      }
      return whole;
    });
    if (report === undefined)
      return makeResult(
        'nothing-to-do',
        { asked: 0, done: 0, verified: 0 },
        `${params.to} lacks no key of ${params.from}.`,
      );
    return tellActivity(engine, saved, { kind: 'copy', namespace, device: params.to }, transferResult(report));
  },
};

const joined = (a: TransferReport, b: TransferReport): TransferReport => ({
  ...a,
  ...b,
  asked: a.asked + b.asked,
  done: a.done + b.done,
  verified: a.verified + b.verified,
  keys: a.keys + b.keys,
  same: a.same + b.same,
  conflicts: [...a.conflicts, ...b.conflicts],
  failed: [...a.failed, ...b.failed],
  created: a.created || b.created,
});
