import { atKey, type EntryRule, get, list, text } from '../checked-entry.ts';

/** Says when nothing names how a device's certificate is trusted: a NetHSM's own is self-signed. */
export const trust: EntryRule = (entry) => {
  if (entry.section !== 'devices') return [];
  const places = get(entry, 'url') === undefined ? list(entry, 'nodes').map((_, index) => ['nodes', index]) : [[]];
  return places.flatMap((path) => {
    if (!text(entry, ...path, 'url')?.startsWith('https://') || get(entry, ...path, 'tls') !== undefined) return [];
    const message =
      'No trust is named: only a certificate from a certification authority of this system will be accepted. A NetHSM makes its own; name its pin or its CA under "tls"';
    return [atKey('no-trust', message, entry.at(...path, 'url'), { path })];
  });
};
