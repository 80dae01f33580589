import { atKey, type EntryRule, get } from '../checked-entry.ts';

/** A device has a url or nodes, not both; and trust stands beside the url that it is for. */
export const address: EntryRule = (entry) => {
  if (entry.section !== 'devices' || typeof entry.data !== 'object' || entry.data === null) return [];
  const hasUrl = get(entry, 'url') !== undefined;
  const hasNodes = get(entry, 'nodes') !== undefined;
  if (!hasUrl && !hasNodes) {
    const message = `Device "${entry.name}" has no address: it needs "url", or "nodes" for a cluster`;
    return [atKey('url-or-nodes', message, entry.at(), { missing: ['url'] })];
  }
  if (!hasNodes) return [];
  if (hasUrl) {
    const message = 'A device has "url" or "nodes", not both: the nodes of a cluster each have their url';
    return [atKey('url-or-nodes', message, entry.at('url'), { path: ['url'] })];
  }
  if (get(entry, 'tls') === undefined) return [];
  return [atKey('url-or-nodes', '"tls" stands beside the url of each node', entry.at('tls'))];
};
