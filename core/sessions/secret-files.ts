import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { SecretSource } from '../device/secrets.ts';
import type { LoadedManifest } from './manifest.ts';

/**
 * Who besides its owner can read a file, links followed; undefined when nobody can, or it is not there. A group counts only
 * where it can enter the file's folder, and is another than root's, so that what systemd puts into a folder of its own is no
 * concern (systemd.exec(5), Credentials). Windows has no such bits.
 */
export async function othersWhoRead(
  file: string,
  platform: NodeJS.Platform = process.platform,
): Promise<'everybody' | 'its group' | undefined> {
  if (platform === 'win32') return undefined;
  try {
    const real = await realpath(file);
    const [own, folder] = await Promise.all([stat(real), stat(dirname(real))]);
    if ((own.mode & 0o004) !== 0) return 'everybody';
    const entersByGroup = (folder.mode & 0o010) !== 0 && folder.gid === own.gid;
    const isEntered = entersByGroup || (folder.mode & 0o001) !== 0;
    return (own.mode & 0o040) !== 0 && own.gid !== 0 && isEntered ? 'its group' : undefined;
  } catch {
    return undefined;
  }
}

/** The files that a manifest takes secrets from, by their whole paths. */
export function secretFiles({ manifest, folder }: LoadedManifest): string[] {
  const ofDevices = Object.values(manifest.devices).flatMap(({ credentials = {} }) => {
    const { administrator, backup, metrics, backupPassphrase, unlockPassphrase } = credentials;
    const users = [administrator, backup, metrics].map((user) => user?.passphrase);
    return [...users, backupPassphrase, unlockPassphrase];
  });
  const ofNamespaces = Object.values(manifest.namespaces).map(({ administrator }) => administrator.passphrase);
  const files = [...ofDevices, ...ofNamespaces].flatMap((source: SecretSource | undefined) =>
    source !== undefined && 'file' in source ? [resolve(folder, source.file)] : [],
  );
  return [...new Set(files)];
}
