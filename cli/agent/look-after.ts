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
import { changedManifest, manifestText } from './manifest-watch.ts';
import type { Watch } from './watch.ts';

/** The least time between two starts of the engine, in milliseconds; doubled up to a quarter of an hour while they do not help. */
const RESTART_AFTER = 30_000;
const MOST_DOUBLED = 5;
/** A life that lasted so long began well, in milliseconds. */
const LONG_LIFE = 3_600_000;
/** What only new secrets, a new confirmation or another node can end: the engine starts anew, and reads all of them again. */
const ENDED_BY_RESTART = new Set<Problem['kind']>(['unauthorised', 'untrusted']);

/** Tells what happens, before there is a journal and after. */
export type Print = (activity: Omit<Activity, 'at' | 'by'>) => void;

/**
 * Runs the agent of a manifest until the run is stopped. Begins anew when the manifest changes (one with errors changes
 * nothing and is told of), and when passphrases were refused: they may have been changed in their files. Throws only what
 * stands in the way of the first start.
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

interface Life {
  loaded: LoadedManifest;
  text: string;
  watch: Watch;
  print: Print;
  controller: string;
  /** Starts in a row that ended because something had to be read again. */
  restarts: number;
}

async function keepRunning(run: Run, life: Omit<Life, 'restarts'>): Promise<void> {
  let { loaded, text } = life;
  const { print } = life;
  let restarts = 0;
  for (let isFirst = true; !run.signal.aborted; isFirst = false) {
    const begun = Date.now();
    const next = await runOnce(run, { ...life, loaded, text, restarts }).catch(async (error: unknown) => {
      if (isFirst || !isProblem(error)) throw error;
      print({ kind: error.kind, level: 'error', text: error.message });
      await sleep(restartAfter(restarts), undefined, { signal: run.signal }).catch(() => {});
      return undefined;
    });
    restarts = next === undefined && Date.now() - begun < LONG_LIFE ? restarts + 1 : 0;
    if (next !== undefined) ({ loaded, text } = next);
  }
}

const restartAfter = (restarts: number): number => RESTART_AFTER * 2 ** Math.min(restarts, MOST_DOUBLED);

/** One life of the engine; gives the manifest that ended it, if one did. */
async function runOnce(run: Run, life: Life): Promise<Pick<Life, 'loaded' | 'text'> | undefined> {
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
  const started = Date.now();
  const onProblem = ({ kind }: Problem): void => {
    if (!ENDED_BY_RESTART.has(kind)) return;
    const wait = Math.max(0, started + restartAfter(life.restarts) - Date.now());
    sleep(wait, undefined, { signal, ref: false }).then(
      () => end.abort(),
      () => {},
    );
  };
  try {
    const namespaces = [...policiesOf(loaded.manifest, loaded.folder).keys()];
    await withReplication(run, loaded, namespaces, async (ctx, ...given) => {
      const policies = given.flat();
      watch.current = { ctx, policies };
      tellNoPassphrase(ctx, policies, print);
      await runAgent(agentContext(ctx, controller, print), { policies, figures: watch.figures, onProblem }, signal);
    });
  } finally {
    watch.current = undefined;
    end.abort();
  }
  return changed;
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
