import { isProblem, Problem } from './problem.ts';

const SYSTEM_CAUSES: Record<string, [cause: string, remedy: string]> = {
  ENOENT: ['no such file or folder', 'Check the path'],
  EACCES: ['access denied', 'Check who owns it and who may read or write it'],
  EPERM: ['not permitted', 'Check who owns it and who may read or write it'],
  EISDIR: ['it is a folder', 'Name a file'],
  ENOTDIR: ['a part of the path is no folder', 'Check the path'],
  EEXIST: ['it exists already', 'Choose another name'],
  ENOSPC: ['no space is left on the disk', 'Make room and run the same command again'],
  EROFS: ['the file system is read-only', 'Choose another place'],
  EMFILE: ['too many files are open', 'Raise the limit of open files'],
};

function fromSystem(error: Error & { code?: unknown; path?: unknown; syscall?: unknown }): Problem | undefined {
  if (typeof error.code !== 'string' || typeof error.path !== 'string') return undefined;
  const [cause, remedy] = SYSTEM_CAUSES[error.code] ?? [`the system said ${error.code}`, 'Check the path'];
  return new Problem({ kind: 'unreadable', place: error.path, cause, remedy }, { cause: error });
}

/** Where an exception came from, without its message: messages of foreign code may quote what they were given. */
function origin(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frame = /((?:[\w.-]+\/)*[\w.-]+\.[cm]?[jt]s:\d+(?::\d+)?)/.exec(
    (error.stack ?? '').split('\n    at ').slice(1).join('\n'),
  );
  const code =
    'code' in error && typeof error.code === 'string' && /^[A-Z_]+$/.test(error.code) ? ` ${error.code}` : '';
  const name = /^\w+$/.test(error.name) ? error.name : 'Error';
  return `${name}${code}${frame === null ? '' : ` at ${frame[1]}`}`;
}

/** Any caught value as a {@link Problem}; what nobody foresaw becomes `unexpected`, without its message. */
export function asProblem(error: unknown): Problem {
  if (isProblem(error)) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new Problem({
      kind: 'cancelled',
      place: 'nethsm-replication',
      cause: 'stopped, as asked',
      remedy: 'Run the same command again to go on',
    });
  }
  const system = error instanceof Error ? fromSystem(error) : undefined;
  return (
    system ??
    new Problem({
      kind: 'unexpected',
      place: 'nethsm-replication',
      cause: `something happened that nobody foresaw (${origin(error)})`,
      remedy: 'Please report this line, with the version and the verb, as CONTRIBUTING.md says; no secret is in it',
    })
  );
}
