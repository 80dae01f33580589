import { atKey, atValue, type EntryRule, get, list, primariesOf, text } from '../checked-entry.ts';
import type { LocalFinding } from '../finding.ts';

/** Replicas: some, none twice, none the primary; and two writing sites are two. */
export const replicas: EntryRule = (entry) => {
  if (entry.section === 'devices') return [];
  const findings: LocalFinding[] = [];
  const primary = text(entry, 'primary');
  const seen = new Set<unknown>();
  for (const [index, device] of list(entry, 'replicas').entries()) {
    const at = entry.at('replicas', index);
    const path = ['replicas', index];
    if (device === primary && primary !== undefined) {
      const { start, end } = entry.at('primary').value;
      findings.push({
        ...atValue('primary-among-replicas', `"${primary}" is the primary: it can't follow itself`, at, { path }),
        related: [{ start, end, message: 'The primary' }],
      });
    } else if (seen.has(device)) {
      findings.push(atValue('replica-twice', `"${String(device)}" is a replica already`, at, { path }));
    }
    seen.add(device);
  }
  if (primary !== undefined && get(entry, 'replicas') === undefined && get(entry, 'backups') === undefined) {
    const message = `Nothing follows "${primary}": name replicas, or backups`;
    findings.push(atKey('no-replica', message, entry.at('primary'), { missing: ['replicas'] }));
  }
  const sites = primariesOf(entry);
  if (sites.length === 1) {
    findings.push(atKey('no-replica', 'Two writing sites are needed here, this is one', entry.at('primaries')));
  }
  for (const [index, device] of list(entry, 'primaries').entries()) {
    if (sites.indexOf(String(device)) < index) {
      const at = entry.at('primaries', index);
      findings.push(
        atValue('replica-twice', `"${String(device)}" is named already`, at, { path: ['primaries', index] }),
      );
    }
  }
  return findings;
};
