import { defaultVariable, resolveSecret, type SecretSource } from '../core/device/secrets.ts';
import { Problem } from '../core/problem.ts';
import { manifestPath } from './files.ts';
import type { Run } from './run.ts';
import { askSecret, canAsk } from './terminal/prompt.ts';
import { printable } from './terminal/text.ts';

/** A secret that is needed: whose it is, and where the manifest says that it comes from. */
export interface WantedSecret {
  /** Device or namespace, and the credential: together the name of the environment variable. */
  owner: string;
  credential: string;
  /** For people: `passphrase of admin on oslo`. */
  title: string;
  source?: SecretSource | undefined;
}

/** Fetches each secret once, when it is first needed: the manifest's source, the environment, or the person at the terminal. */
export interface SecretKeeper {
  get(wanted: WantedSecret): Promise<string>;
  /** Whether there is a source without asking a person. */
  has(wanted: WantedSecret): boolean;
}

/** Questions go one after the other: two at once would mix on the terminal. */
let turn: Promise<unknown> = Promise.resolve();

function askInTurn(run: Run, title: string): Promise<string> {
  const question = turn.then(() => askSecret(run.around, printable(title), run.signal));
  turn = question.catch(() => {});
  return question;
}

/** Makes a keeper of the secrets of a manifest; relative `file:` sources start from its folder. */
export function makeSecretKeeper(run: Run, folder: string): SecretKeeper {
  const { env } = run.around;
  const kept = new Map<string, Promise<string>>();
  const fetch = async ({ owner, credential, title, source }: WantedSecret): Promise<string> => {
    const settings = { env, allowCommands: run.allowCommands, signal: run.signal };
    if (source !== undefined) {
      const from = 'file' in source ? { file: await manifestPath(folder, source.file, run.allowCommands) } : source;
      return resolveSecret(from, settings);
    }
    const variable = defaultVariable(owner, credential);
    if (env[variable] !== undefined) return resolveSecret({ env: variable }, settings);
    if (canAsk(run.around)) return askInTurn(run, `${title} (${variable})`);
    throw missing(owner, title, variable);
  };
  return {
    get(wanted) {
      const variable = defaultVariable(wanted.owner, wanted.credential);
      const known = kept.get(variable) ?? fetch(wanted);
      kept.set(variable, known);
      return known;
    },
    has: ({ owner, credential, source }) =>
      source !== undefined || env[defaultVariable(owner, credential)] !== undefined,
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
  throw missing('nethsm-replication', title, variable);
}

const missing = (place: string, title: string, variable: string): Problem =>
  new Problem({
    kind: 'unauthorised',
    place,
    cause: `the ${title} is needed, and there is no terminal to ask for it`,
    remedy: `Set ${variable}, or name its source in the manifest`,
  });
