import { asProblem } from '../../../core/as-problem.ts';
import type { Problem } from '../../../core/problem.ts';
import { isProblem } from '../../../core/problem.ts';
import type { WorkOptions } from '../../../core/progress.ts';
import { asErrand } from '../engine/asking.ts';
import { namespaceOf } from '../engine/context.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import { untrustedWorkspace } from '../engine/sessions.ts';
import { isDrift } from '../look/drift.ts';
import { problemData } from '../look/problem-data.ts';
import type { CommandName, CommandParams, CommandResult } from '../protocol.ts';
import { plain } from './results.ts';

/** A command as the engine does it. */
export interface Command<C extends CommandName> {
  /** Ends a sentence: `to back up payments`. */
  reason(params: CommandParams[C]): string;
  /** Whether it changes what devices hold: then it goes alone in its namespace, and what was seen before is forgotten. */
  changes: boolean;
  run(
    engine: Engine,
    params: CommandParams[C],
    work: Required<Pick<WorkOptions, 'signal' | 'onProgress'>>,
  ): Promise<CommandResult>;
}

/** Progress is told at most so often, in milliseconds. */
const PACE = 100;

/** Carries a command out: it ends in a result, whatever happens. */
export async function carryOut<C extends CommandName>(
  engine: Engine,
  command: Command<C>,
  params: CommandParams[C] & { operation: string },
  signal: AbortSignal,
): Promise<CommandResult> {
  const { reason, changes, run } = command;
  const where = params as { manifest?: string; namespace?: string };
  const lock = changes && where.manifest !== undefined ? `${where.manifest}\n${where.namespace ?? ''}` : undefined;
  const other = lock === undefined ? undefined : engine.busy.get(lock);
  if (other !== undefined) return failed('refused', `This editor ${other} already; wait for it.`);
  if (lock !== undefined) engine.busy.set(lock, `this editor, which began ${reason(params)},`);
  try {
    if (!engine.options.trusted) throw untrustedWorkspace();
    const work = { signal, onProgress: paced(engine, params.operation) };
    const used = new Set<string>();
    const result = await asErrand({ ask: true, reason: reason(params), signal, used }, () => run(engine, params, work));
    if (isProof(result)) engine.secrets.prove(used);
    // It ended at a safe point before its end, as asked: what was done stays, and is told.
    const isCut = signal.aborted && (result.ended === 'partly' || result.ended === 'failed');
    return isCut ? { ...result, ended: 'cancelled' } : result;
  } catch (error) {
    const problem = asProblem(error);
    await forgetWrong(engine, where.manifest, problem);
    const data = problemData(problem);
    const result = failed(endOf(problem), `${data.place}: ${data.cause}.`, `${data.remedy}.`);
    return { ...result, problem: data };
  } finally {
    if (lock !== undefined) engine.busy.delete(lock);
    if (where.manifest !== undefined) settle(engine, where.manifest, where.namespace, changes);
  }
}

/** Whether a command could not have ended so with a wrong passphrase. */
const isProof = ({ ended, asked, verified }: CommandResult): boolean =>
  (ended === 'done' || ended === 'partly' || ended === 'nothing-to-do') && asked === verified;

const failed = (ended: CommandResult['ended'], summary: string, remedy = ''): CommandResult => ({
  ended,
  asked: 0,
  done: 0,
  verified: 0,
  summary,
  details: [plain(summary), plain(remedy)].join('\n\n').trim(),
});

function endOf({ kind }: Problem): CommandResult['ended'] {
  if (kind === 'cancelled') return 'cancelled';
  const refused = ['refused', 'usage', 'untrusted', 'busy', 'bad-manifest', 'precondition', 'exists', 'invalid'];
  return refused.includes(kind) ? 'refused' : 'failed';
}

function paced(engine: Engine, operation: string): NonNullable<WorkOptions['onProgress']> {
  let last = 0;
  let phase = '';
  return (progress) => {
    const isEnd = progress.done === progress.total;
    if (progress.phase === phase && !isEnd && engine.now() - last < PACE) return;
    last = engine.now();
    phase = progress.phase;
    engine.editor.progress({ operation, ...progress });
  };
}

/** A passphrase that opened nothing is asked for anew the next time. */
async function forgetWrong(engine: Engine, uri: string | undefined, { kind, place }: Problem): Promise<void> {
  if (kind !== 'wrong-passphrase' || uri === undefined) return;
  const saved = await engine.manifests.valid(uri).catch(() => undefined);
  if (saved === undefined) return;
  for (const device of Object.keys(saved.manifest.devices)) {
    if (!place.split(/[^A-Za-z0-9._-]+/).includes(device)) continue;
    for (const credential of ['backupPassphrase', 'unlockPassphrase']) {
      engine.secrets.judge(saved, device, credential, false);
    }
    await engine.sessions.drop(saved, device);
  }
}

/** What views may show anew after a command. */
function settle(engine: Engine, manifest: string, namespace: string | undefined, changes: boolean): void {
  if (changes && namespace === undefined) engine.cache.drop(`${manifest}\n`);
  if (changes && namespace !== undefined) engine.cache.drop(`${manifest}\nnamespace\n${namespace}\n`, isDrift);
  for (const what of ['namespaces', ...(changes ? (['keys'] as const) : []), 'archives', 'activity'] as const) {
    engine.editor.changed({ manifest, what });
  }
}

/** Writes into the journal what was done, where replication does not do so itself. */
export function tellActivity(
  engine: Engine,
  saved: SavedManifest,
  what: { kind: string; namespace?: string; device?: string },
  result: CommandResult,
): CommandResult {
  const { ended, summary, asked, done, verified } = result;
  const { kind, namespace, device } = what;
  const activity = {
    at: engine.now(),
    by: engine.controller,
    kind,
    level: ended === 'done' || ended === 'nothing-to-do' ? ('info' as const) : ('warning' as const),
    text: summary,
    ...(namespace !== undefined && { namespace: namespaceOf(namespace) }),
    ...(device !== undefined && { device }),
    asked,
    done,
    verified,
  };
  try {
    engine.journals.open(saved.path).addActivity(activity);
  } catch (error) {
    // What was done on the devices was done all the same.
    if (!isProblem(error)) throw error;
    return { ...result, details: `${result.details}\n\nIt is not in the journal: ${error.reason}.` };
  }
  return result;
}
