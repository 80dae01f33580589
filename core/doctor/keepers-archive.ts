import { namespaceTitle, ROOT } from '../names.ts';
import { isProblem } from '../problem.ts';
import { keepersPlaces } from '../replication/roles/keepers-places.ts';
import { type Finding, illFrom, well } from './finding.ts';
import { isReplica, type Replicated } from './replicated.ts';

/** Whether keepers can be archived at two places, without which no replica is locked. */
export function checkKeepersArchive(seen: Replicated): Finding {
  const { ctx, policy } = seen;
  if (policy.namespace === ROOT || !isReplica(seen)) {
    return well('keepers-archive', `${namespaceTitle(policy.namespace)} is not locked here, so none is needed`);
  }
  try {
    return well(
      'keepers-archive',
      `there are two places for archives of keepers: ${keepersPlaces(ctx, policy).join(' and ')}`,
    );
  } catch (error) {
    if (!isProblem(error)) throw error;
    return illFrom('keepers-archive', error);
  }
}
