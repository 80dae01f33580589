import { namespaceTitle, ROOT } from '../names.ts';
import { wasLocked } from '../replication/roles/lock-step.ts';
import { type Finding, ill, well } from './finding.ts';
import { isReplica, type Replicated } from './replicated.ts';

/** Whether nobody but ourselves can change a replica: a keeper who is back, or was never removed. */
export function checkKeepers(seen: Replicated): Finding {
  const { ctx, policy, role } = seen;
  const title = namespaceTitle(policy.namespace);
  if (policy.namespace === ROOT) return well('keepers', 'root has none: its R-Administrators stay');
  if (!isReplica(seen))
    return well('keepers', `keepers of ${title} may be here: by the record that rules it is no replica`);
  if (role.keepers.length === 0)
    return well('keepers', `none but ourselves can change ${title}: the replica is locked`);
  const names = role.keepers.join(', ');
  if (!wasLocked(ctx.journal, policy.namespace, role.device)) {
    return ill(
      'keepers',
      `the replica is not locked: ${names} can change ${title} here`,
      'Run sync, which locks it once the keepers are archived at two places',
    );
  }
  return ill(
    'keepers',
    `a keeper is back: ${names} can change ${title} here, though the replica was locked`,
    'Find out who did that (an R-Administrator, a restore, break-glass), look at diff for what was changed, then run sync, which locks it again',
  );
}
