import { namespaceTitle } from '../../core/names.ts';
import { isProblem } from '../../core/problem.ts';
import type { Context } from '../../core/replication/context.ts';
import { devicesOf, type Policy } from '../../core/replication/policy.ts';
import { type FailoverAssessment, failover } from '../../core/replication/promote/failover.ts';
import type { PromotionReport } from '../../core/replication/promote/report.ts';
import { switchover } from '../../core/replication/promote/switchover.ts';
import { chooseScope, loadManifest } from '../manifest.ts';
import { SCOPE_OPTIONS, usageProblem } from '../options.ts';
import { editPrimary } from '../replication/manifest-edit.ts';
import { tellPromotion } from '../replication/tell.ts';
import { HASTY, withReplication } from '../replication.ts';
import type { Run } from '../run.ts';
import { printable } from '../terminal/text.ts';
import { duration, moment } from '../terminal/times.ts';
import { defineVerb } from '../verb.ts';

/** A lost primary is not waited for long; a device that answers has the time it needs for everything else. */
const UNANSWERED = { connect: HASTY.connect, health: HASTY.health };

export const verb = defineVerb({
  about: [
    'Makes another device the primary of a namespace. Both reachable (switchover): the old primary is locked, everything is brought over and compared twice without a write between, then the roles are exchanged; nothing is lost. Interrupted, it is finished by running it again, or undone by promoting the old primary.',
    'With --failover the old primary is out of reach: it says since when, how far the replica may lag behind and what may be missing, and is refused while that is not little, unless --accept-loss is given. Nothing on a NetHSM stops the keepers of the old primary: until it is re-joined there may be two devices that take writes.',
    'The manifest is edited to name the new primary; nothing else in it changes.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest; it is edited.' }],
  options: {
    ...SCOPE_OPTIONS,
    device: { value: 'D', help: 'The device that shall be primary.', required: true },
    failover: { help: 'The old primary is lost: go on without it.' },
    'accept-loss': { help: 'With --failover: keys that only the old primary has may be missing until it returns.' },
  },
  examples: [
    ['promote site.nethsm.yaml --namespace payments --device bergen', 'planned, nothing lost'],
    ['promote site.nethsm.yaml --namespace payments --device bergen --failover', 'oslo is lost: see what that means'],
  ],
  async run(run, values, [file = '']) {
    if (values['accept-loss'] && !values.failover) throw usageProblem('promote', '--accept-loss goes with --failover');
    const loaded = await loadManifest(run, file);
    const { namespace } = chooseScope(loaded, values);
    return withReplication(
      run,
      loaded,
      [namespace],
      async (ctx, [policy]) => {
        const report = values.failover
          ? await failOver(run, ctx, policy, values.device, values['accept-loss'])
          : await switchOver(run, ctx, policy, values.device);
        const code = tellPromotion(run, report);
        const { sites } = policy;
        if (sites.kind === 'one-way' && sites.primary !== values.device)
          await editPrimary(run, file, namespace, values.device);
        return code;
      },
      values.failover ? { limits: UNANSWERED } : {},
    );
  },
});

/** A switchover; when a device is out of reach, it is said what else there is. */
async function switchOver(run: Run, ctx: Context, policy: Policy, device: string): Promise<PromotionReport> {
  try {
    return await switchover(ctx, policy, device);
  } catch (error) {
    if (isProblem(error, 'unreachable') && !error.place.startsWith(`${device} `))
      run.note('If the old primary is lost, --failover goes on without it, and says first what that may cost.');
    throw error;
  }
}

/** A failover; what it may cost is said before it is refused or done. */
async function failOver(
  run: Run,
  ctx: Context,
  policy: Policy,
  device: string,
  acceptLoss: boolean,
): Promise<PromotionReport> {
  run.note(`Asking ${devicesOf(policy).join(', ')}; one that does not answer is given up in a few seconds.`);
  return failover(ctx, policy, device, { acceptLoss, onAssessed: (found) => run.note(...assessmentLines(found)) });
}

/** What is known before a failover, for the person who decides. */
export function assessmentLines(found: FailoverAssessment): string[] {
  const { unreachable, oldPrimary, device, missing } = found;
  const title = namespaceTitle(found.namespace);
  const lag = found.lag === undefined ? 'unknown' : `${duration(found.lag)} (in sync at ${moment(found.inSyncAt)})`;
  return [
    `Failover of ${title} to ${device}, epoch ${found.epoch} to ${found.epoch + 1}:`,
    `  ${oldPrimary ?? 'the old primary'}: ${unreachable.reason}; ${unreachable.since === undefined ? 'seen so for the first time' : `out of reach since ${moment(unreachable.since)}`}, tried from ${unreachable.triedFrom}`,
    `  lag of ${device}: ${lag}`,
    `  known to be on their way: ${missing.length === 0 ? 'no keys' : missing.slice(0, 20).join(', ') + (missing.length > 20 ? ` and ${missing.length - 20} more` : '')}`,
    ...found.means.map((text) => `  ${text}.`),
  ].map(printable);
}
