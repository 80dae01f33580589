import type { CommandName } from '../protocol.ts';
import { addDevice } from './add-device.ts';
import { backUpKey, backUpNamespace, restoreKey, restoreNamespace, verifyArchive } from './archives.ts';
import type { Command } from './carry-out.ts';
import { doctor, pair } from './devices.ts';
import { copyKeys, diff } from './keys.ts';
import { startPractice, stopPractice } from './practice.ts';
import { breakGlass, failover, pause, plan, rejoin, resolve, resume, switchover, synchronise } from './replication.ts';

/** All commands, by name. */
export const COMMANDS: { [C in CommandName]: Command<C> } = {
  addDevice,
  backUpKey,
  backUpNamespace,
  breakGlass,
  copyKeys,
  diff,
  doctor,
  failover,
  pair,
  pause,
  plan,
  rejoin,
  resolve,
  restoreKey,
  restoreNamespace,
  resume,
  startPractice,
  stopPractice,
  switchover,
  synchronise,
  verifyArchive,
};
