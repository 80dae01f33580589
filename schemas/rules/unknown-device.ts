import { checkedEntries, type DocumentRule } from '../document-rule.ts';
import { type Finding, place } from '../finding.ts';
import { didYouMean, nearest } from '../suggest.ts';

/** Names of devices that the manifest does not have. */
export const unknownDevice: DocumentRule = (document, view) => {
  const known = view.deviceNames;
  const findings: Finding[] = [];
  for (const { item, references, checked } of checkedEntries(document, view, 'users')) {
    for (const { device, path } of references) {
      if (known.has(device)) continue;
      const near = nearest(device, known);
      const at = checked.at(...path);
      const { start, end } = typeof path[1] === 'string' ? at.key : at.value;
      const message = `There is no device "${device}"${didYouMean(near)}`;
      const data = { path, detail: device, ...(near !== undefined && { replacement: near }) };
      findings.push(place(item, { code: 'unknown-device', message, start, end, data }));
    }
  }
  return findings;
};
