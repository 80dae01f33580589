import type { Computed } from '../../../schemas/document-rule.ts';
import type { ManifestView } from '../../../schemas/entries.ts';
import type { Finding } from '../../../schemas/finding.ts';
import type { ManifestFacts } from '../live-facts.ts';

/** What a rule about the devices' state sees. */
export interface LiveSubject {
  entries: Computed[];
  view: ManifestView;
  facts: ManifestFacts;
  now: number;
}

/** A rule that holds the manifest against what the devices said. */
export type LiveRule = (subject: LiveSubject) => Finding[];

/** ` (seen 5 minutes ago)`: every finding from a device says how old it is. */
export function seen(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 10) return ' (seen just now)';
  const [count, unit] =
    seconds < 120
      ? [seconds, 'second']
      : seconds < 7200
        ? [Math.round(seconds / 60), 'minute']
        : seconds < 172_800
          ? [Math.round(seconds / 3600), 'hour']
          : [Math.round(seconds / 86_400), 'day'];
  return ` (seen ${count} ${unit}s ago)`;
}
