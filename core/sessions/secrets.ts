import { defaultVariable, resolveSecret, type SecretSource } from '../device/secrets.ts';
import { manifestPath } from './manifest-path.ts';
import { othersWhoRead } from './secret-files.ts';

/** A secret that is needed: whose it is, and where the manifest says that it comes from. */
export interface WantedSecret {
  /** Device or namespace, and the credential: together the name of the environment variable. */
  owner: string;
  credential: string;
  /** For people: `passphrase of admin on oslo`. */
  title: string;
  source?: SecretSource | undefined;
}

/** Gives secrets when they are needed; a session asks for nothing else. */
export interface SecretGetter {
  get(wanted: WantedSecret): Promise<string>;
  /** Whether there is a source without asking a person. */
  has(wanted: WantedSecret): boolean;
}

/** What sources of a manifest may do. */
export interface SourceRules {
  env: NodeJS.ProcessEnv;
  /** Of the manifest: relative paths start there. */
  folder: string;
  /** Whether `command` sources run, and files outside the folder are read. */
  allowCommands: boolean;
  /** Told of each file that others than its owner can read too. */
  onReadable?: (file: string, readers: 'everybody' | 'its group') => void;
  signal?: AbortSignal | undefined;
}

/** Whether the manifest or the environment says where a secret comes from. */
export const isSourced = ({ owner, credential, source }: WantedSecret, { env }: SourceRules): boolean =>
  source !== undefined || env[defaultVariable(owner, credential)] !== undefined;

/**
 * Fetches a secret from the source that the manifest names, else from its environment variable; undefined when there is
 * neither. Throws what `resolveSecret` throws, and a Problem `refused` for a file that may not be read.
 */
export async function sourcedSecret(wanted: WantedSecret, rules: SourceRules): Promise<string | undefined> {
  const { env, folder, allowCommands, signal } = rules;
  const settings = { env, allowCommands, signal };
  const { source } = wanted;
  if (source !== undefined) {
    if (!('file' in source)) return resolveSecret(source, settings);
    const file = await manifestPath(folder, source.file, allowCommands);
    const readers = await othersWhoRead(file);
    if (readers !== undefined) rules.onReadable?.(file, readers);
    return resolveSecret({ file }, settings);
  }
  const variable = defaultVariable(wanted.owner, wanted.credential);
  return env[variable] === undefined ? undefined : resolveSecret({ env: variable }, settings);
}
