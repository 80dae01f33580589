import type { Session } from '../core/device/session.ts';
import { Problem } from '../core/problem.ts';
import { verifyArchive } from '../core/transfer/backup-namespace.ts';
import { explainMethod, type MethodFacts } from '../core/transfer/method.ts';
import { readMethodSide } from '../core/transfer/method-side.ts';
import { type OptionSpecs, usageProblem } from './options.ts';
import type { Run } from './run.ts';
import { printable, wrap } from './terminal/text.ts';

/** Options of the verbs that can merge. */
export const MERGE_OPTIONS = {
  merge: {
    help: 'Last resort where sealed keys can not be appended: restore the whole device from a backup of itself with the keys added. What is written there meanwhile is lost.',
  },
  'accept-total-loss': {
    help: 'With --merge on a release before 4.0, where an upload that is cut may delete everything.',
  },
} as const satisfies OptionSpecs;

/** What {@link MERGE_OPTIONS} say; throws a Problem `usage` when they make no sense together. */
export function mergeChoice(
  verb: string,
  values: { merge: boolean; 'accept-total-loss': boolean },
): { merge: { acceptTotalLoss: boolean } } | undefined {
  const acceptTotalLoss = values['accept-total-loss'];
  if (acceptTotalLoss && !values.merge) throw usageProblem(verb, '--accept-total-loss goes with --merge');
  return values.merge ? { merge: { acceptTotalLoss } } : undefined;
}

const WIDTH = 96;

/** Says how the keys will go before they do; throws a Problem `refused` when they can't. */
export function announceMethod(run: Run, facts: MethodFacts): 'append' | 'merge' | 'import' {
  const method = explainMethod(facts);
  if (method.method === 'refuse') {
    throw new Problem({
      kind: 'refused',
      place: facts.to.name,
      cause: method.explanation.replace(/\.$/, ''),
      remedy: method.remedy,
    });
  }
  run.note(...wrap(printable(method.explanation), WIDTH));
  return method.method;
}

/** The same for an archive that is to go onto a device by a merge. */
export async function announceArchiveMerge(
  run: Run,
  session: Session,
  archive: { file: string; passphrase: string; merge?: { acceptTotalLoss: boolean } },
): Promise<void> {
  const { domain, release } = await verifyArchive(archive.file, archive.passphrase, run.work);
  announceMethod(run, {
    from: { name: archive.file, kind: 'archive', domain, release },
    to: await readMethodSide(session, run.work),
    transfer: 'sealed',
    renamed: false,
    merge: true,
    acceptTotalLoss: archive.merge?.acceptTotalLoss === true,
  });
}
