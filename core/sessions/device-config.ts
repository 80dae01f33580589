import { readFile } from 'node:fs/promises';
import type { DeviceEntry, TlsEntry } from '../../schemas/manifest.ts';
import type { DeviceConfig, TlsTrust } from '../device/node-config.ts';
import { manifestPath } from './manifest-path.ts';

/** From where a manifest's paths start, and whether they may leave it. */
export interface PathRules {
  folder: string;
  allowOutside: boolean;
}

/** A device of a manifest as the device client takes it; CA files are read. */
export async function deviceConfig(name: string, entry: DeviceEntry, rules: PathRules): Promise<DeviceConfig> {
  const nodes = entry.nodes ?? (entry.url === undefined ? [] : [{ url: entry.url, tls: entry.tls }]);
  return {
    name,
    nodes: await Promise.all(nodes.map(async ({ url, tls }) => ({ url, tls: await trustOf(tls, rules) }))),
  };
}

async function trustOf(tls: TlsEntry | undefined, { folder, allowOutside }: PathRules): Promise<TlsTrust> {
  if (tls === undefined) return { kind: 'system' };
  if ('pins' in tls) return { kind: 'pins', pins: tls.pins };
  return { kind: 'ca', pem: await readFile(await manifestPath(folder, tls.ca, allowOutside), 'utf8') };
}
