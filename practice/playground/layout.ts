import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Name of the manifest in the folder of a playground. */
export const MANIFEST_NAME = 'practice.nethsm.yaml';
/** The namespace whose keys the devices share; its primary is the first device. */
export const SHARED_NAMESPACE = 'payments';
/** The folder of sealed archives beside the manifest: the second place where keepers are kept before a replica is locked. */
export const BACKUPS_FOLDER = 'backups';

/** The secrets of a playground: the same on all its devices, as they are on paired ones. */
export const SECRET_NAMES = [
  'administrator',
  'backup',
  'metrics',
  'backup-passphrase',
  'unlock-passphrase',
  'replicator',
  'keeper',
  'operator',
] as const;
export type Secrets = Record<(typeof SECRET_NAMES)[number], string>;

export const makeSecrets = (): Secrets =>
  Object.fromEntries(SECRET_NAMES.map((name) => [name, randomBytes(15).toString('base64url')])) as Secrets;

/** A device of a playground and where its nodes are. */
export interface Place {
  name: string;
  nodes: { url: string; pin?: string }[];
}

const tlsText = (pin: string | undefined): string => (pin === undefined ? '' : `tls: { pins: ["${pin}"] }`);

function addressText([first, ...others]: Place['nodes']): string {
  if (first === undefined) return '';
  if (others.length === 0) {
    return `    url: ${first.url}\n${first.pin === undefined ? '' : `    ${tlsText(first.pin)}\n`}`;
  }
  const node = ({ url, pin }: Place['nodes'][number]): string =>
    `      - { url: "${url}"${pin === undefined ? '' : `, ${tlsText(pin)}`} }\n`;
  return `    nodes:\n${[first, ...others].map(node).join('')}`;
}

const deviceText = ({ name, nodes }: Place): string => `  ${name}:
${addressText(nodes)}    credentials:
      administrator:    { user: admin,    passphrase: { file: ./secrets/administrator } }
      backup:           { user: backup1,  passphrase: { file: ./secrets/backup } }
      metrics:          { user: metrics1, passphrase: { file: ./secrets/metrics } }
      backupPassphrase: { file: ./secrets/backup-passphrase }
      unlockPassphrase: { file: ./secrets/unlock-passphrase }
`;

/** The manifest of a playground: the first device is the primary, the others follow it. */
export function manifestText(places: readonly Place[]): string {
  const [primary, ...replicas] = places.map(({ name }) => name);
  const roles = replicas.length === 0 ? '' : `    replicas: [${replicas.join(', ')}]\n`;
  return `# Practice devices: everything here may be tried, nothing is worth anything.
version: 1
devices:
${places.map(deviceText).join('')}namespaces:
  ${SHARED_NAMESPACE}:
    primary: ${primary}
${roles}    administrator: { user: replicator, passphrase: { file: ./secrets/replicator } }
    backups: { directory: ./${BACKUPS_FOLDER} }
root:
  primary: ${primary}
${roles.replace(/^ {2}/, '')}`;
}

/** Writes manifest and secrets into a folder, for its owner only. */
export async function writePlayground(folder: string, places: readonly Place[], secrets: Secrets): Promise<string> {
  const manifest = join(folder, MANIFEST_NAME);
  await mkdir(join(folder, 'secrets'), { recursive: true, mode: 0o700 });
  await writeFile(manifest, manifestText(places), { mode: 0o600 });
  for (const name of SECRET_NAMES)
    await writeFile(join(folder, 'secrets', name), `${secrets[name]}\n`, { mode: 0o600 });
  return manifest;
}
