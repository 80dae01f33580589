import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isProblem } from '../../core/problem.ts';
import type { LoadedManifest } from '../../core/sessions/manifest.ts';
import { loadManifest } from '../manifest.ts';
import type { Run } from '../run.ts';

/** How often the file is looked at, in milliseconds: by its content, since mounted files change in many ways. */
const EVERY = 2_000;

/** Resolves with the manifest once it changed and is valid, or with undefined when the signal fires. An invalid one is told of, once. */
export async function changedManifest(
  run: Run,
  file: string,
  text: string,
  onInvalid: (reason: string) => void,
  signal: AbortSignal,
): Promise<{ loaded: LoadedManifest; text: string } | undefined> {
  let last = text;
  while (!signal.aborted) {
    await sleep(EVERY, undefined, { signal }).catch(() => {});
    const now = await manifestText(run, file);
    if (signal.aborted || now === undefined || now === last) continue;
    last = now;
    try {
      return { loaded: await loadManifest(run, file), text: now };
    } catch (error) {
      if (!isProblem(error)) throw error;
      onInvalid(error.message);
    }
  }
  return undefined;
}

/** The text of the file; undefined while it can't be read: it may be about to be replaced. */
export const manifestText = (run: Run, file: string): Promise<string | undefined> =>
  readFile(resolve(run.around.cwd, file), 'utf8').catch(() => undefined);
