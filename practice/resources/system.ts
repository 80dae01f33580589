import { backupKeyOf, makeBackup } from '../backup.ts';
import type { Call } from '../call.ts';
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

function backup({ node }: Call) {
  backupKeyOf(node);
  return { status: 200, type: 'application/octet-stream', body: makeBackup(node) };
}

export const SYSTEM: readonly Route[] = [
  { path: /^\/system\/info$/, states, methods: { GET: { ...who, run: info } } },
  {
    path: /^\/system\/backup$/,
    states,
    methods: { POST: { roles: ['Backup'], rootOnly: true, run: backup } },
  },
  { path: /^\/system\/restore$/, states: ['Unprovisioned', 'Operational'], methods: { POST: { run: restore } } },
];
