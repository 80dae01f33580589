/** A device that takes no writes after a restore body was reset on its way: that is told, and nothing more is sent to it. */
import type { DeviceName } from '../devices.ts';
import type { Asked } from '../network/call-node.ts';
import { hit, violate } from '../world/world.ts';
import type { Ledger } from './ledger.ts';

/** What may still go to it: the question whether it writes, and what concerns the lease of the run. */
const MAY_GO = /\/users\/([^/]+\/passphrase|[^/]+~replication-lease(\/.*)?)$|\/system\/backup$/;

/** Takes down in whose run a device was blocked. */
export function noteBlocked({ blocked }: Ledger, run: string, device: DeviceName): void {
  hit('write-blocked');
  blocked.set(run, device);
}

/** Checks a request as it reaches a device. */
export function judgeSent({ blocked }: Ledger, run: string, device: DeviceName, { method, path }: Asked): void {
  if (blocked.get(run) !== device || method === 'GET' || MAY_GO.test(path)) return;
  violate('write-blocked', `${run} goes on after a reset body: ${method} ${path} at ${device}`);
}

/** Checks what a run said at its end. */
export function judgeTold({ blocked }: Ledger, run: string, said: string): void {
  if (!blocked.has(run) || said.includes('no longer accepts writes')) return;
  violate('write-blocked', `${run} does not tell that ${blocked.get(run)} takes no writes: ${said.slice(0, 300)}`);
}
