import { checkedEntries, type DocumentRule } from '../document-rule.ts';
import { place } from '../finding.ts';

/** Devices that nothing names. */
export const unusedDevice: DocumentRule = (document, view) => {
  const used = new Set<string>();
  for (const { references } of checkedEntries(document, view, 'users')) {
    for (const { device } of references) used.add(device);
  }
  return view.devices.flatMap(({ name, item, key }) =>
    used.has(name) || name === ''
      ? []
      : [
          place(item, {
            code: 'unused-device',
            message: `Nothing uses the device "${name}"`,
            start: key.start,
            end: key.end,
          }),
        ],
  );
};
