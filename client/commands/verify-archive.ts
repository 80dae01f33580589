import { basename } from 'node:path';
import type { Client } from '../client.ts';
import { carryOut } from './carry-out.ts';
import { chooseManifest, targetOf } from './choose.ts';
import { chooseArchive } from './choose-archive.ts';

/** Reads a sealed archive to its end; no device is asked. */
export async function verifyArchive(client: Client, given?: unknown): Promise<void> {
  const target = targetOf(given);
  const { manifest } = await chooseManifest(client, target);
  const file = target.file ?? (await chooseArchive(client, manifest, undefined));
  await carryOut(client, 'verifyArchive', basename(file), { manifest, file });
}
