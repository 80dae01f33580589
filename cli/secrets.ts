import { defaultVariable, resolveSecret } from '../core/device/secrets.ts';
import { Problem } from '../core/problem.ts';
import {
  isSourced,
  type SecretGetter,
  type SourceRules,
  sourcedSecret,
  type WantedSecret,
} from '../core/sessions/secrets.ts';
import type { Run } from './run.ts';
import { askSecret, canAsk } from './terminal/prompt.ts';
import { printable } from './terminal/text.ts';

/** Questions go one after the other: two at once would mix on the terminal. */
let turn: Promise<unknown> = Promise.resolve();

function askInTurn(run: Run, title: string): Promise<string> {
  const question = turn.then(() => askSecret(run.around, printable(title), run.signal));
  turn = question.catch(() => {});
  return question;
}

/** Files that a run has warned of. */
const warned = new WeakMap<Run, Set<string>>();

function warnOnce(run: Run, file: string, readers: string): void {
  const before = warned.get(run) ?? new Set();
  if (before.has(file)) return;
  warned.set(run, before.add(file));
  const { style } = run;
  run.note(`${style.yellow('!')} ${printable(file)} holds a secret, and ${readers} can read it: chmod 600 it.`);
}

/** Gives the secrets of a manifest, and knows which it gave. */
export interface SecretKeeper extends SecretGetter {
  /** Whether a secret that was wanted reads otherwise at its source now; commands are run only when asked for. */
  isAnyNew(withCommands: boolean): Promise<boolean>;
}

/**
 * Fetches each secret of a manifest once, when it is first needed: the manifest's source, the environment, or the person at
 * the terminal. One that could not be had is looked for again when it is next needed.
 */
export function makeSecretKeeper(run: Run, folder: string): SecretKeeper {
  const { env } = run.around;
  const rules: SourceRules = {
    ...{ env, folder, allowCommands: run.allowCommands, signal: run.signal },
    onReadable: (file, readers) => warnOnce(run, file, readers),
  };
  const kept = new Map<string, { wanted: WantedSecret; secret: Promise<string>; isMissing: boolean }>();
  const fetch = async (wanted: WantedSecret, variable: string): Promise<string> => {
    const sourced = await sourcedSecret(wanted, rules);
    if (sourced !== undefined) return sourced;
    if (canAsk(run.around)) return askInTurn(run, `${wanted.title} (${variable})`);
    throw missing(wanted.owner, wanted.title, `Set ${variable}, or name its source in the manifest`);
  };
  return {
    get(wanted) {
      const variable = defaultVariable(wanted.owner, wanted.credential);
      const known = kept.get(variable);
      if (known !== undefined && !known.isMissing) return known.secret;
      const made = { wanted, secret: fetch(wanted, variable), isMissing: false };
      kept.set(variable, made);
      made.secret.catch(() => {
        made.isMissing = true;
      });
      return made.secret;
    },
    has: (wanted) => isSourced(wanted, rules),
    async isAnyNew(withCommands) {
      for (const { wanted, secret } of kept.values()) {
        const isCommand = wanted.source !== undefined && 'command' in wanted.source;
        if (isCommand && !withCommands) continue;
        // One that can't be read now may be about to be replaced.
        const now = await sourcedSecret(wanted, rules).catch(() => undefined);
        if (now !== undefined && now !== (await secret.catch(() => undefined))) return true;
      }
      return false;
    },
  };
}

/** Passphrases of files, by their environment variable. */
export type FileVariable = 'NETHSM_BACKUP_PASSPHRASE' | 'NETHSM_UNLOCK_PASSPHRASE';

/**
 * The passphrase of a file: the environment, else `otherwise` (that of the device which the manifest names, say), else the
 * person at the terminal.
 */
export async function filePassphrase(
  run: Run,
  variable: FileVariable,
  title: string,
  otherwise?: () => Promise<string>,
): Promise<string> {
  const { env } = run.around;
  if (env[variable] !== undefined) {
    return resolveSecret({ env: variable }, { env, allowCommands: false, signal: run.signal });
  }
  if (otherwise !== undefined) return otherwise();
  if (canAsk(run.around)) return askInTurn(run, `${title} (${variable})`);
  throw missing('nethsm-replication', title, `Set ${variable}`);
}

const missing = (place: string, title: string, remedy: string): Problem =>
  new Problem({
    kind: 'unauthorised',
    place,
    cause: `the ${title} is needed, and there is no terminal to ask for it`,
    remedy,
  });
