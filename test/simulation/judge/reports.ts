/** Judges what the engine says against what is so: "partly done" is never "done". */
import type { SyncReport } from '../../../core/replication/apply/report.ts';
import { isAllVerified } from '../../../core/replication/apply/report.ts';
import type { Pass } from '../../../core/replication/stream/env.ts';
import { DEVICES, type DeviceName } from '../devices.ts';
import type { Play } from '../simulate.ts';
import { hit, violate } from '../world/world.ts';
import { keysIn } from './content.ts';

/** A step that says it is verified: each key was on its device at some moment of the run, or gone, as the step wanted. */
export function judgeReport({ sites, ledger }: Play, report: SyncReport, before: number, who: string): void {
  for (const [place, step] of report.steps.entries()) {
    if (step.verified > step.asked || step.done > step.asked)
      violate('figures', `${who}: ${JSON.stringify(step).slice(0, 200)}`);
    if (step.problem !== undefined || step.asked !== step.verified) continue;
    if (step.kind !== 'create' && step.kind !== 'delete') continue;
    const site = sites[step.device as DeviceName];
    if (ledger.exchanged[site.name] >= before) continue;
    const there = keysIn(site.machine.store, site.beginning.domainKey);
    // A run that had to clear stand-ins looks a second time, and may do the contrary then.
    const undone = new Set(
      report.steps
        .slice(place + 1)
        .flatMap((later) => ('ids' in later && later.device === step.device ? later.ids : [])),
    );
    for (const id of step.ids) {
      if (undone.has(id)) continue;
      const taken = [...ledger.deliberate.values(), ...ledger.swept.values()]
        .flat()
        .some((each) => each.id === id && each.device === site.name && each.turn >= before);
      const made = [...ledger.made.values()].flat().some((each) => each.id === id && each.turn >= before);
      const isThere = there.get(id)?.standIn === false;
      if (step.kind === 'create' && !isThere && !taken)
        violate('verified', `${who} says that ${id} is on ${site.name}`);
      if (step.kind === 'delete' && isThere && !made)
        violate('verified', `${who} says that ${id} is gone on ${site.name}`);
    }
  }
  if (isAllVerified(report) && report.steps.length > 0) hit('run all verified');
}

/** What a stream says of keys that it carried. */
export function judgePass({ asked, done, verified, from, to }: Pass): void {
  if (verified > asked || done > asked) violate('figures', `from ${from} to ${to}: ${verified}, ${done} of ${asked}`);
}

/** A switchover that says it is done lost nothing: what the old primary had, the new one has. */
export function judgeSwitchover({ sites, manifest, ledger }: Play, primary: DeviceName): void {
  const [old] = DEVICES.filter((device) => device !== primary) as [DeviceName];
  const [had, has] = [old, primary].map((name) => keysIn(sites[name].machine.store, sites[name].beginning.domainKey));
  for (const [id, key] of had ?? []) {
    if (key.standIn || !manifest.includes(id as never) || has?.get(id)?.material === key.material) continue;
    // Whoever deletes the namespace on the new primary takes what came there.
    const gone = [ledger.deliberate, ledger.swept].some((list) =>
      list.get(`${id} ${key.material}`)?.some(({ device }) => device === primary),
    );
    if (!gone) violate('switchover', `${id} (${key.material}) of ${old} is not on ${primary}`);
  }
}
