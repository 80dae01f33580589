import { namespaceTitle } from '../names.ts';
import { judgeMark } from '../replication/roles/mark.ts';
import { type Finding, ill, well } from './finding.ts';
import type { Replicated } from './replicated.ts';

/** Whether the device is as we left it: a mark that is gone or lower than the journal's says that it went back in time. */
export function checkGeneration({ ctx, policy, role }: Replicated): Finding {
  const title = namespaceTitle(policy.namespace);
  const seen = ctx.journal.seen(policy.namespace, role.device);
  const there = role.mark === undefined ? 'gone' : `at ${role.mark.generation}`;
  switch (judgeMark(seen, role.mark)) {
    case 'restored':
      return ill(
        'generation',
        `it was restored from an older state: the mark of ${title} is ${there}, and was at ${seen?.mark?.generation} before`,
        'Find out who restored it, and what it lacks since (diff); nothing is deleted on its account. If it is the primary, bring back what is missing, or promote a replica',
      );
    case 'other':
      return well(
        'generation',
        `the mark of ${title} is ${there}, raised by another controller or before this journal: the next run compares everything anew`,
      );
    case 'first':
      return well('generation', `${title} has no mark yet: the first run makes it`);
    case 'continuous':
      return well('generation', `the mark of ${title} is ${there}, as we left it`);
  }
}
