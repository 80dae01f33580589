import { namespaceTitle } from '../names.ts';
import { hasRunOut } from '../replication/roles/take-lease.ts';
import { type Finding, ill, well } from './finding.ts';
import type { Replicated } from './replicated.ts';

/** Whether somebody is at work, or was when it crashed. */
export function checkLease({ ctx, policy, role: { lease } }: Replicated): Finding {
  const title = namespaceTitle(policy.namespace);
  if (lease === undefined) return well('lease', `nobody is at work on ${title}`);
  const until = new Date(lease.until * 1000).toISOString().slice(0, 19);
  if (!hasRunOut(ctx, lease)) return well('lease', `${lease.holder} is at work on ${title}, until ${until}Z or longer`);
  return ill(
    'lease',
    `a lease of ${title} is left over: ${lease.holder} holds it until ${until}Z, which is over or too far ahead to be true, and did not give it back`,
    'Look whether it crashed and what it was doing; the next run takes the lease over and goes on',
  );
}
