import { atValue, type EntryRule, get, list } from '../checked-entry.ts';
import { isLoopback } from '../loopback.ts';

/** Addresses: readable, without credentials in them, and https unless they are this machine. */
export const url: EntryRule = (entry) => {
  if (entry.section !== 'devices') return [];
  const paths = [['url'], ...list(entry, 'nodes').map((_, index) => ['nodes', index, 'url'])];
  return paths.flatMap((path) => {
    const written = get(entry, ...path);
    if (typeof written !== 'string' || written === '') return [];
    const at = entry.at(...path);
    const address = URL.canParse(written) ? new URL(written) : undefined;
    if (address === undefined || !/^https?:$/.test(address.protocol)) {
      return [atValue('invalid-url', 'This is no address of an API: expected https://HOST/api/v1', at)];
    }
    if (address.username !== '' || address.password !== '') {
      const message = 'An address holds no user and no passphrase: they go under "credentials", with a source';
      return [atValue('plain-secret', message, at, { path, detail: 'url' })];
    }
    if (address.search !== '' || address.hash !== '') {
      return [atValue('invalid-url', 'The address of an API has no "?" and no "#"', at)];
    }
    if (address.protocol === 'http:' && !isLoopback(address.hostname)) {
      const message = `http would send passphrases in clear: only 127.0.0.0/8 and [::1] may be reached so, not ${address.hostname}`;
      return [atValue('http-not-loopback', message, at, { replacement: written.replace(/^http:/i, 'https:') })];
    }
    return [];
  });
};
