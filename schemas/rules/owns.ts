import { atValue, type EntryRule, list, primariesOf } from '../checked-entry.ts';
import type { LocalFinding } from '../finding.ts';
import { meet } from '../patterns.ts';

/** Two sites must not own one id. */
export const owns: EntryRule = (entry) => {
  if (entry.section === 'devices') return [];
  const owned = primariesOf(entry).flatMap((site) =>
    list(entry, 'primaries', site, 'owns').flatMap((pattern, index) =>
      typeof pattern === 'string' ? [{ site, pattern, at: entry.at('primaries', site, 'owns', index) }] : [],
    ),
  );
  return owned.flatMap((one, index): LocalFinding[] => {
    const other = owned.slice(0, index).find((before) => before.site !== one.site && meet(before.pattern, one.pattern));
    if (other === undefined) return [];
    const { start, end } = other.at.value;
    const message = `Ids that fit "${one.pattern}" can also fit "${other.pattern}" of "${other.site}": both sites would own them`;
    return [
      { ...atValue('owns-overlap', message, one.at), related: [{ start, end, message: `Owned by "${other.site}"` }] },
    ];
  });
};
