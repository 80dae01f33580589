import { readState } from '../device/health.ts';
import { isProblem } from '../problem.ts';
import { type Finding, ill, illFrom, well } from './finding.ts';
import type { DoctorOptions, Patient } from './patient.ts';

/** Whether the device was confirmed, answers and is operational; `examine` tells whether there is more to look at. */
export async function checkReach(
  { session }: Patient,
  options: DoctorOptions,
): Promise<{ findings: Finding[]; examine: boolean }> {
  try {
    const state = await readState(session.node, options);
    const known = well('known-device', 'its address and key were confirmed');
    if (state === 'Operational') return { findings: [known, well('state', 'it is Operational')], examine: true };
    const remedy = {
      Locked:
        'Unlock it with its unlock passphrase; after a restore that is the one of the device which the backup came from',
      Unprovisioned: 'Provision it, or pair it with the device whose keys it shall hold (pair)',
      Failed: 'Look at the device and the other nodes of its cluster: without quorum a node has failed',
    }[state];
    return { findings: [known, ill('state', `it is ${state}`, remedy)], examine: false };
  } catch (error) {
    if (!isProblem(error) || error.kind === 'cancelled') throw error;
    const check = error.kind === 'untrusted' ? 'known-device' : 'state';
    return { findings: [illFrom(check, error)], examine: false };
  }
}
