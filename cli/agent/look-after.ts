import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asProblem } from '../../core/as-problem.ts';
import { isProblem, type Problem } from '../../core/problem.ts';
import { beTheOnlyOne } from '../../core/replication/agent/only-one.ts';
import { runAgent } from '../../core/replication/agent.ts';
import type { Context } from '../../core/replication/context.ts';
import type { Activity } from '../../core/replication/journal/journal.ts';
import { journalFile } from '../../core/replication/journal/open-journal.ts';
import type { Policy } from '../../core/replication/policy.ts';
import { policiesOf } from '../../core/replication/policy-of.ts';
import type { LoadedManifest } from '../../core/sessions/manifest.ts';
import { loadManifest } from '../manifest.ts';
import { controllerName, withReplication } from '../replication.ts';
import type { Run } from '../run.ts';
import { makeSecretKeeper } from '../secrets.ts';
import type { How } from '../sessions.ts';
import { changedManifest, manifestText } from './manifest-watch.ts';
import { newSecret } from './secrets-watch.ts';
import type { Watch } from './watch.ts';

/** How long after a start that failed the next one is tried, in milliseconds; doubled up to a quarter of an hour. */
const RESTART_AFTER = 30_000;
const MOST_DOUBLED = 5;
/** What a new secret may end. */
const ENDED_BY_SECRET = new Set<Problem['kind']>(['unauthorised', 'wrong-passphrase', 'unreadable']);

/** Tells what happens, before there is a journal and after. */
export type Print = (activity: Omit<Activity, 'at' | 'by'>) => void;

/**
 * Runs the agent of a manifest until the run is stopped. Begins anew when the manifest changes (one with errors changes
 * nothing and is told of), and when a passphrase was refused and a secret reads otherwise at its source now; until then
 * what was refused rests, and all else goes on. Throws only what stands in the way of the first start.
 */
export async function lookAfter(run: Run, file: string, watch: Watch, print: Print): Promise<void> {
  const text = (await manifestText(run, file)) ?? '';
  const loaded = await loadManifest(run, file);
  const journal = journalFile(run.stateFolder(), resolve(run.around.cwd, file));
  const release = beTheOnlyOne(journal);
  try {
    await keepRunning(run, { loaded, text, watch, print, controller: nameOf(run.stateFolder(), journal) });
  } finally {
    release();
  }
}

/** What an agent is called in records and leases: by host, a number of its state folder's own, and journal, so that no two have one name. */
function nameOf(stateFolder: string, journal: string): string {
  const file = join(stateFolder, 'agent-id');
  mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, randomBytes(3).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const id = /^[0-9a-f]{6}$/.exec(readFileSync(file, 'utf8'))?.[0] ?? randomBytes(3).toString('hex');
  return controllerName(`run-${id}${createHash('sha256').update(journal).digest('hex').slice(0, 4)}`, hostname());
}

/** The manifest that the engine lives by. */
interface Given {
  loaded: LoadedManifest;
  text: string;
}

interface Life extends Given {
  watch: Watch;
  print: Print;
  controller: string;
}

async function keepRunning(run: Run, life: Life): Promise<void> {
  let given: Given = life;
  let failures = 0;
  for (let isFirst = true; !run.signal.aborted; isFirst = false) {
    try {
      given = await runOnce(run, { ...life, ...given }, isFirst);
      failures = 0;
    } catch (error) {
      if (isFirst || !isProblem(error)) throw error;
      life.print({ kind: error.kind, level: 'error', text: error.message });
      const pause = RESTART_AFTER * 2 ** Math.min(failures, MOST_DOUBLED);
      failures += 1;
      await sleep(pause, undefined, { signal: run.signal }).catch(() => {});
    }
  }
}

/** One life of the engine; gives what the next one is to live by. */
async function runOnce(run: Run, life: Life, isFirst: boolean): Promise<Given> {
  const { loaded, text, watch, print, controller } = life;
  const end = new AbortController();
  const signal = AbortSignal.any([run.signal, end.signal]);
  const refused = (reason: string): void =>
    print({
      kind: 'manifest',
      level: 'error',
      text: `the manifest changed and is not valid; the old one stays in force: ${reason}`,
    });
  const changed = changedManifest(run, loaded.file, text, refused, signal).then((next) => {
    if (next !== undefined)
      print({ kind: 'manifest', level: 'info', text: 'the manifest changed: the agent begins anew with it' });
    end.abort();
    return next;
  });
  const secrets = makeSecretKeeper(run, loaded.folder);
  let isAwaited = false;
  const onProblem = ({ kind }: Problem): void => {
    if (isAwaited || !ENDED_BY_SECRET.has(kind)) return;
    isAwaited = true;
    newSecret(secrets, signal).then((isNew) => {
      if (!isNew) return;
      print({ kind: 'secrets', level: 'info', text: 'a secret changed at its source: the agent begins anew with it' });
      end.abort();
    });
  };
  // Later on, one device that nobody confirmed must not stop all others.
  const how: Partial<How> = { secrets, unconfirmed: isFirst ? 'refuse' : 'ask' };
  try {
    const namespaces = [...policiesOf(loaded.manifest, loaded.folder).keys()];
    const work = async (ctx: Context, policies: readonly Policy[]): Promise<void> => {
      watch.current = { ctx, policies };
      tellNoPassphrase(ctx, policies, print);
      await runAgent(agentContext(ctx, controller, print), { policies, figures: watch.figures, onProblem }, signal);
    };
    await withReplication(run, loaded, namespaces, work, how);
  } finally {
    watch.current = undefined;
    end.abort();
  }
  return (await changed) ?? { loaded, text };
}

/** A scheduled backup without its passphrase is told of when the agent starts, not in the night in which it is due. */
function tellNoPassphrase(ctx: Context, policies: readonly Policy[], print: Print): void {
  if (policies.every(({ backups }) => backups?.schedule === undefined)) return;
  ctx.archivePassphrase().catch((error: unknown) => {
    print({ kind: 'backup', level: 'error', text: `no backup can be made: ${asProblem(error).message}` });
  });
}

/** An agent shows no progress line, and prints what happens. */
function agentContext({ onProgress: _, ...ctx }: Context, controller: string, print: Print): Context {
  return { ...ctx, controller, onActivity: print };
}

/** What ended a run, told as an event too. */
export function printProblem(print: Print, error: unknown): void {
  const problem = asProblem(error);
  print({ kind: problem.kind, level: 'error', text: problem.message });
}
