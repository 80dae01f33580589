import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { isProblem, Problem } from '../problem.ts';

/** Where a secret comes from. */
export type SecretSource = { env: string } | { file: string } | { command: string[] };

export interface SecretOptions {
  env: NodeJS.ProcessEnv;
  /** Whether `command` sources may run: a trusted workspace, or `--allow-commands`. */
  allowCommands: boolean;
  signal?: AbortSignal | undefined;
  /** Time limit of a command, ms. */
  commandTimeout?: number;
}

/** A passphrase has 200 characters at most; a file much longer is the wrong file. */
const MAX_BYTES = 4096;

/**
 * Fetches a secret. One newline at the end of a file or a command's output does not count. Throws `unreadable` when there is
 * none, `refused` for a command that is not allowed, `cancelled`. No error holds a part of the secret or a command's output.
 */
export async function resolveSecret(source: SecretSource, options: SecretOptions): Promise<string> {
  const place = placeOf(source);
  const secret = await read(source, place, options);
  if (secret === '') throw missing(place, 'it is empty', 'Put the secret there');
  if (Buffer.byteLength(secret) > MAX_BYTES)
    throw missing(place, `it has more than ${MAX_BYTES} bytes`, 'Name the right source');
  return secret;
}

function placeOf(source: SecretSource): string {
  if ('env' in source) return `environment variable ${source.env}`;
  return 'file' in source ? source.file : `command ${source.command[0] ?? ''}`;
}

async function read(source: SecretSource, place: string, options: SecretOptions): Promise<string> {
  if ('env' in source) {
    const value = options.env[source.env];
    if (value === undefined) throw missing(place, 'it is not set', `Set ${source.env}, or name another source`);
    return value;
  }
  try {
    return withoutNewline(
      'file' in source ? await readBounded(source.file) : await run(source.command, place, options),
    );
  } catch (error) {
    if (isProblem(error)) throw error;
    throw missing(
      place,
      `it can't be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
      'Check the path and its rights',
    );
  }
}

const withoutNewline = (text: string): string => text.replace(/\r?\n$/, '');

async function readBounded(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(MAX_BYTES + 3);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.toString('utf8', 0, length);
  } finally {
    await handle.close();
  }
}

function run(command: string[], place: string, options: SecretOptions): Promise<string> {
  const [program, ...args] = command;
  if (program === undefined) throw missing(place, 'the command is empty', 'Name a program and its arguments');
  if (!options.allowCommands) {
    throw new Problem({
      kind: 'refused',
      place,
      cause: 'the manifest wants to run a command for a secret',
      remedy: 'Read the manifest; if you trust it, use --allow-commands, or trust the workspace',
    });
  }
  const timeout = options.commandTimeout ?? 30_000;
  return new Promise((resolve, reject) => {
    // No shell: arguments go over as they are.
    const settings = { env: options.env, signal: options.signal, timeout, maxBuffer: MAX_BYTES * 2, windowsHide: true };
    const child = execFile(program, args, settings, (error, stdout) => {
      if (error === null) resolve(stdout);
      else if (options.signal?.aborted) reject(cancelled(place));
      else reject(missing(place, whyFailed(error, timeout), 'Run the command by hand and see what it says'));
    });
    child.stdin?.end();
  });
}

function whyFailed(error: Error & { code?: unknown; killed?: boolean }, timeout: number): string {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'it wrote too much';
  if (error.killed) return `it did not end within ${timeout / 1000} s`;
  return typeof error.code === 'number'
    ? `it ended with code ${error.code}`
    : `it did not start (${String(error.code)})`;
}

const cancelled = (place: string): Problem =>
  new Problem({ kind: 'cancelled', place, cause: 'it was cancelled', remedy: 'Start it again' });
const missing = (place: string, cause: string, remedy: string): Problem =>
  new Problem({ kind: 'unreadable', place, cause: `no secret: ${cause}`, remedy });

/** `oslo-2.dc` as a part of a variable's name: `OSLO_2_DC`. */
const upper = (name: string): string => name.replace(/[-.]/g, '_').toUpperCase();

/**
 * The variable of a secret with no source named: `NETHSM_<DEVICE>_<CREDENTIAL>`, the credential as in the manifest:
 * `backupPassphrase` of `bergen` is `NETHSM_BERGEN_BACKUP_PASSPHRASE`.
 */
export const defaultVariable = (owner: string, credential: string): string =>
  `NETHSM_${upper(owner)}_${upper(credential.replace(/([a-z0-9])([A-Z])/g, '$1_$2'))}`;

/** A secret that the default variable of another one would answer too. */
export interface VariableCollision {
  variable: string;
  /** Of each: the device or namespace, and the credential. */
  secrets: { owner: string; credential: string }[];
}

/** Variables that stand for more than one secret, as `a-b` and `a.b` would. */
export function variableCollisions(secrets: readonly { owner: string; credential: string }[]): VariableCollision[] {
  const groups = Map.groupBy(secrets, ({ owner, credential }) => defaultVariable(owner, credential));
  return [...groups].filter(([, group]) => group.length > 1).map(([variable, group]) => ({ variable, secrets: group }));
}
