import { setTimeout as sleep } from 'node:timers/promises';
import { empty } from '../answer.ts';
import { backupKeyOf, makeBackup } from '../backup.ts';
import type { Call } from '../call.ts';
import type { PracticeNode } from '../node.ts';
import { factoryReset, powerCycle } from '../power.ts';
import { ADMINISTRATOR, OPERATIONAL, type Route } from '../route.ts';
import { fixed } from './health.ts';
import { restore } from './restore.ts';

const who = { roles: ADMINISTRATOR, rootOnly: true };
const states = OPERATIONAL;

function info({ node }: Call) {
  const { version, build } = node.machine.release;
  return fixed({
    softwareVersion: version,
    softwareBuild: build,
    firmwareVersion: 'N/A',
    hardwareVersion: 'N/A',
    deviceId: node.deviceId,
    akPub: {},
    pcr: {},
  });
}

/** How long the device passes over its store before the first byte: 600,000 keys took 1.8 s (FACTS, Limits). */
const PASS_MS_PER_ENTRY = 0.003;

/** Every backup begins with a pass over the store, during which the node answers nobody. */
function passOver(node: PracticeNode): Promise<void> {
  const ms = node.machine.store.size * PASS_MS_PER_ENTRY;
  if (ms < 1) return Promise.resolve();
  const pass = sleep(ms).then(() => {
    node.busy = undefined;
  });
  node.busy = pass;
  return pass;
}

async function backup({ node }: Call) {
  backupKeyOf(node);
  await passOver(node);
  return { status: 200, type: 'application/octet-stream', body: makeBackup(node) };
}

/** Waits like a write: a device with an unfinished restore does not even reboot (FACTS hazard 6). */
function reboot({ node }: Call) {
  powerCycle(node);
  return empty(204);
}

function reset({ node }: Call) {
  factoryReset(node.machine);
  return empty(204);
}

export const SYSTEM: readonly Route[] = [
  { path: /^\/system\/info$/, states, methods: { GET: { ...who, run: info } } },
  {
    path: /^\/system\/backup$/,
    states,
    methods: { POST: { roles: ['Backup'], rootOnly: true, run: backup } },
  },
  { path: /^\/system\/reboot$/, states, methods: { POST: { ...who, writes: true, run: reboot } } },
  { path: /^\/system\/factory-reset$/, states, methods: { POST: { ...who, writes: true, run: reset } } },
  { path: /^\/system\/restore$/, states: ['Unprovisioned', 'Operational'], methods: { POST: { run: restore } } },
];
