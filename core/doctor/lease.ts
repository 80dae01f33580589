import { moment } from '../moment.ts';
import { namespaceTitle } from '../names.ts';
import { hasRunOut } from '../replication/roles/take-lease.ts';
import { type Finding, ill, well } from './finding.ts';
import type { Replicated } from './replicated.ts';

/** Whether somebody is at work, or was when it crashed. */
export function checkLease({ ctx, policy, role: { lease } }: Replicated): Finding {
  const title = namespaceTitle(policy.namespace);
  if (lease === undefined) return well('lease', `nobody is at work on ${title}`);
  const until = moment(lease.until * 1000);
  if (!hasRunOut(ctx, lease)) return well('lease', `${lease.holder} is at work on ${title}, until ${until} or longer`);
  const isAhead = lease.until * 1000 > ctx.clock.now();
  const ended = isAhead
    ? `says that it holds it until ${until}, too far ahead to be true (a clock that was wrong)`
    : `held it until ${until} and did not give it back`;
  return ill(
    'lease',
    `a lease of ${title} is left over: ${lease.holder} ${ended}`,
    'Look whether it crashed and what it was doing; the next run takes the lease over and goes on',
  );
}
