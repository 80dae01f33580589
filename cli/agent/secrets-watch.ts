import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretKeeper } from '../secrets.ts';

/** How often the files of secrets are looked at, in milliseconds. */
const EVERY = 2_000;
/** The least time between two runs of the commands that give secrets, in milliseconds; doubled up to a quarter of an hour. */
const COMMANDS_AFTER = 30_000;
const MOST_DOUBLED = 5;

/** Resolves with true once a secret reads otherwise at its source than it was given, or with false when the signal fires. */
export async function newSecret(keeper: Pick<SecretKeeper, 'isAnyNew'>, signal: AbortSignal): Promise<boolean> {
  let commandsAt = Date.now() + COMMANDS_AFTER;
  for (let runs = 0; !signal.aborted; ) {
    const withCommands = Date.now() >= commandsAt;
    if (await keeper.isAnyNew(withCommands)) return !signal.aborted;
    if (withCommands) {
      runs += 1;
      commandsAt = Date.now() + COMMANDS_AFTER * 2 ** Math.min(runs, MOST_DOUBLED);
    }
    await sleep(EVERY, undefined, { signal }).catch(() => {});
  }
  return false;
}
