import { posix, win32 } from 'node:path';

const NAME = 'nethsm-replication';

/**
 * The folder of journal and known devices: `$XDG_STATE_HOME` or `~/.local/state` on Linux and the like,
 * `~/Library/Application Support` on macOS, `%LOCALAPPDATA%` on Windows. Throws a RangeError when the environment names no home.
 */
export function stateFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA ?? (env.USERPROFILE && win32.join(env.USERPROFILE, 'AppData', 'Local'));
    return win32.join(needed(local), NAME);
  }
  if (platform === 'darwin') return posix.join(needed(env.HOME), 'Library', 'Application Support', NAME);
  const xdg = env.XDG_STATE_HOME;
  // The XDG specification: a path that is not absolute is ignored.
  if (xdg && posix.isAbsolute(xdg)) return posix.join(xdg, NAME);
  return posix.join(needed(env.HOME), '.local', 'state', NAME);
}

function needed(folder: string | undefined): string {
  if (folder) return folder;
  throw new RangeError('the environment names no home folder; name the state folder with --state');
}
