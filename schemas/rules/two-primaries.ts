import { atKey, atValue, type EntryRule, get, primariesOf } from '../checked-entry.ts';
import type { LocalFinding } from '../finding.ts';

/** What is risky where two sites write: ids that both may make, and deletions that travel. */
export const twoPrimaries: EntryRule = (entry) => {
  const sites = primariesOf(entry);
  if (sites.length < 2) return [];
  const findings: LocalFinding[] = [];
  const shared = sites.filter((site) => get(entry, 'primaries', site, 'owns') === undefined);
  if (shared.length > 0) {
    const message =
      'Ids are shared: both sites can make the same id at the same moment. Give each site its own with "owns", or let the devices make ids';
    findings.push(atKey('shared-ids', message, entry.at('primaries'), { path: ['primaries'] }));
  }
  if (get(entry, 'deletions') === 'propagate') {
    const message = 'With two writing sites a deletion at one also deletes what the other may be using';
    findings.push(atValue('deletions-with-two-primaries', message, entry.at('deletions'), { replacement: 'keep' }));
  }
  return findings;
};
