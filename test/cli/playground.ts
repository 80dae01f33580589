import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeStory } from '../../cli/demo/story.ts';
import { furnish, playgroundFolder } from '../../cli/playground/open.ts';
import type { Run } from '../../cli/run.ts';
import { processSurroundings } from '../../cli/terminal/streams.ts';
import type { ReleaseName } from '../../practice/index.ts';
import { openPlayground, type Playground } from '../../practice/playground/open.ts';
import '../support/quick-scrypt.ts';
import { type CliOptions, type CliResult, runCli } from './run-cli.ts';

/** A playground with the command line beside it. */
export interface CliPlayground extends Playground {
  state: string;
  run: Run;
  /** Runs a verb on the playground's manifest, with its state folder. */
  cli(verb: string, words?: readonly string[], options?: CliOptions): Promise<CliResult>;
  /** Passphrases of its files, for the environment. */
  fileSecrets: { NETHSM_BACKUP_PASSPHRASE: string; NETHSM_UNLOCK_PASSPHRASE: string };
  end(): Promise<void>;
}

/** Starts devices, paired with keys on the first unless `fresh`. */
export async function startCliPlayground(
  names: readonly string[] = ['oslo', 'bergen'],
  how: { fresh?: boolean; tls?: boolean; release?: ReleaseName; nodes?: number } = {},
): Promise<CliPlayground> {
  const playground = await openPlayground(
    names,
    { tls: how.tls === true, release: how.release ?? '5.0', nodes: how.nodes ?? 1 },
    await playgroundFolder(process.cwd(), undefined),
  );
  const state = join(playground.folder, 'state');
  const { run } = makeStory(processSurroundings(), state, new AbortController().signal);
  await furnish(run, playground, { paired: how.fresh !== true });
  return {
    ...playground,
    state,
    run,
    cli: (verb, words = [], options = {}) => runCli([verb, playground.manifest, ...words, '--state', state], options),
    fileSecrets: {
      NETHSM_BACKUP_PASSPHRASE: playground.secrets['backup-passphrase'],
      NETHSM_UNLOCK_PASSPHRASE: playground.secrets['unlock-passphrase'],
    },
    async end() {
      await playground.close();
      await rm(playground.folder, { recursive: true, force: true });
    },
  };
}
