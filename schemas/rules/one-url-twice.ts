import { get, list } from '../checked-entry.ts';
import { checkedEntries, type DocumentRule } from '../document-rule.ts';
import type { Finding, Related } from '../finding.ts';

/** Two devices, or two nodes, with one address: what one gets the other has. */
export const oneUrlTwice: DocumentRule = (document, view) => {
  const seen = new Map<string, { device: string; place: Related }>();
  const findings: Finding[] = [];
  for (const { item, checked } of checkedEntries(document, view, 'devices')) {
    const paths = [['url'], ...list(checked, 'nodes').map((_, index) => ['nodes', index, 'url'])];
    for (const path of paths) {
      const written = get(checked, ...path);
      if (typeof written !== 'string' || !URL.canParse(written)) continue;
      const address = new URL(written).href.replace(/\/+$/, '');
      const { start, end } = checked.at(...path).value;
      const before = seen.get(address);
      if (before === undefined) {
        seen.set(address, { device: checked.name, place: { item, start, end, message: `Device "${checked.name}"` } });
        continue;
      }
      const message = `"${before.device}" has this address already: two names for one NetHSM`;
      findings.push({ code: 'one-url-twice', message, item, start, end, related: [before.place] });
    }
  }
  return findings;
};
