/** All commands by their names; each is one file. */
import type { Client } from '../client.ts';
import { addDevice } from './add-device.ts';
import { backUpKey } from './back-up-key.ts';
import { backUpNamespace } from './back-up-namespace.ts';
import { breakGlass } from './break-glass.ts';
import { clearFilter } from './clear-filter.ts';
import { connect } from './connect.ts';
import { copyId } from './copy-id.ts';
import { copyKey } from './copy-key.ts';
import { copyMissing } from './copy-missing.ts';
import { createManifest } from './create-manifest.ts';
import { diff } from './diff.ts';
import { diffKey } from './diff-key.ts';
import { doctor } from './doctor.ts';
import { failover } from './failover.ts';
import { filterKeys } from './filter-keys.ts';
import { forgetSecrets } from './forget-secrets.ts';
import { openLog } from './open-log.ts';
import { openManifest } from './open-manifest.ts';
import { openWalkthrough } from './open-walkthrough.ts';
import { pair } from './pair.ts';
import { pause } from './pause.ts';
import { pauseRefresh } from './pause-refresh.ts';
import { promote } from './promote.ts';
import { refresh } from './refresh.ts';
import { rejoin } from './rejoin.ts';
import { resolveConflict } from './resolve-conflict.ts';
import { restartEngine } from './restart-engine.ts';
import { restoreKey } from './restore-key.ts';
import { restoreNamespace } from './restore-namespace.ts';
import { resume } from './resume.ts';
import { resumeRefresh } from './resume-refresh.ts';
import { showArchive } from './show-archive.ts';
import { showMore } from './show-more.ts';
import { showPlan } from './show-plan.ts';
import { startPractice } from './start-practice.ts';
import { stopPractice } from './stop-practice.ts';
import { switchover } from './switchover.ts';
import { synchronise } from './synchronise.ts';
import { verifyArchive } from './verify-archive.ts';

/** A command: gets the node it was called on and, of a multiple selection, all of them. */
export type CommandRun = (client: Client, given?: unknown, selection?: unknown) => Promise<void>;

export const COMMANDS = {
  addDevice,
  backUp: backUpNamespace,
  backUpKey,
  breakGlass,
  clearFilter,
  connect,
  copyId,
  copyKey,
  copyMissing,
  createManifest,
  diff,
  diffKey,
  doctor,
  failover,
  filterKeys,
  forgetSecrets,
  openLog,
  openManifest,
  openWalkthrough,
  pair,
  pause,
  pauseRefresh,
  promote,
  refresh,
  rejoin,
  resolveConflict,
  restartEngine,
  restoreKey,
  restoreNamespace,
  resume,
  resumeRefresh,
  showArchive,
  showMore,
  showPlan,
  startPractice,
  stopPractice,
  switchover,
  synchronise,
  verifyArchive,
} as const satisfies Record<string, CommandRun>;

export type CommandId = keyof typeof COMMANDS;
