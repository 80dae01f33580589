import { type CheckedEntry, get } from './checked-entry.ts';
import { deviceSecrets, deviceVariable, namespaceVariable } from './environment.ts';

/** The environment variables that an entry's secrets come from because it names no source for them. */
export function variablesOf(entry: CheckedEntry): string[] {
  if (entry.section === 'root') return [];
  if (entry.section === 'namespaces') {
    return get(entry, 'administrator', 'passphrase') === undefined ? [namespaceVariable(entry.name)] : [];
  }
  return deviceSecrets.flatMap((secret) => {
    const written = get(entry, 'credentials', secret);
    const isPassphrase = secret === 'backupPassphrase' || secret === 'unlockPassphrase';
    const sourced = isPassphrase
      ? written !== undefined
      : get(entry, 'credentials', secret, 'passphrase') !== undefined;
    return sourced ? [] : [deviceVariable(entry.name, secret)];
  });
}
