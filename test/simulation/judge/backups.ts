import { existsSync, readdirSync } from 'node:fs';
import { violate } from '../world/world.ts';

/** Before the first restore body goes to a device, a whole backup of it lies in the folder, with what it was verified by beside it. */
export function judgeBackup(folder: string, device: string): void {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const has = files.some((name) => name.startsWith(`${device}-`) && name.endsWith('.json'));
  if (!has) violate('no backup first', `a body goes to ${device}, of which there is no whole backup`);
}
