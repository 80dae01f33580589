import { checkedEntries, type DocumentRule } from '../document-rule.ts';
import { place } from '../finding.ts';
import { didYouMean, nearest } from '../suggest.ts';

/** Names of devices that the manifest does not have. */
export const unknownDevice: DocumentRule = (document, view) => {
  const known = view.deviceNames;
  return checkedEntries(document, view, 'users').flatMap(({ item, references, checked }) =>
    references.flatMap(({ device, path }) => {
      if (known.has(device)) return [];
      const near = nearest(device, known);
      const at = checked.at(...path);
      const { start, end } =
        Array.isArray(path) && typeof path.at(-1) === 'string' && path.length > 1 ? at.key : at.value;
      const message = `There is no device "${device}"${didYouMean(near)}`;
      const data = { path, detail: device, ...(near !== undefined && { replacement: near }) };
      return [place(item, { code: 'unknown-device', message, start, end, data })];
    }),
  );
};
