import { readDeviceBackup } from '../backup/device-backup.ts';
import { type Namespace, namespaceTitle } from '../names.ts';
import { isProblem } from '../problem.ts';
import { type Finding, ill, illFrom, well } from './finding.ts';
import type { DoctorOptions, Patient } from './patient.ts';

/** The domain of a device, read from its backup: one pass over its store. Shows that Backup user and passphrase are right. */
export async function readDomain(
  { session }: Patient,
  options: DoctorOptions,
): Promise<{ findings: Finding[]; domain: string | undefined }> {
  try {
    const { domain } = await readDeviceBackup(session, () => {}, options);
    return { findings: [well('backup-passphrase', 'a backup was read to its end and verified')], domain };
  } catch (error) {
    if (!isProblem(error) || error.kind === 'cancelled') throw error;
    const check = error.kind === 'wrong-passphrase' || error.kind === 'precondition' ? 'backup-passphrase' : 'backup';
    return { findings: [illFrom(check, error)], domain: undefined };
  }
}

/** What was learnt of a device for the comparison of domains. */
export interface DomainOf {
  name: string;
  namespaces: readonly Namespace[];
  domain: string;
}

/** Compares a device with the others that have a part in one of its namespaces. */
export function compareDomains(own: DomainOf, all: readonly DomainOf[]): Finding {
  for (const namespace of own.namespaces) {
    const others = all.filter((other) => other.name !== own.name && other.namespaces.includes(namespace));
    const stranger = others.find(({ domain }) => domain !== own.domain);
    if (stranger !== undefined) {
      return ill(
        'domain',
        `it has another Domain Key than ${stranger.name}, with which it shares ${namespaceTitle(namespace)}`,
        `Pair them: pair --from ${stranger.name} --to ${own.name}, or the other way round; the target loses what it holds`,
      );
    }
  }
  return well('domain', `${own.domain.slice(0, 23)}…, the same as that of the devices it shares namespaces with`);
}
