import { readFile } from 'node:fs/promises';
import type { KnownDevicesFile } from '../../core/device/known-devices.ts';
import { probePin } from '../../core/device/probe.ts';
import type { Session } from '../../core/device/session.ts';
import { deviceConfig } from '../../core/sessions/device-config.ts';
import { deviceEntry } from '../../core/sessions/manifest.ts';
import { openSession } from '../../core/sessions/open-session.ts';
import { type SecretGetter, sourcedSecret } from '../../core/sessions/secrets.ts';
import { readManifest } from '../../schemas/read.ts';
import type { Playground } from './open.ts';

/** Works on all devices of a playground by its manifest. They are confirmed unseen: we started them ourselves. */
export async function withPlaygroundSessions<T>(
  { manifest: file, folder, places }: Playground,
  known: KnownDevicesFile,
  work: (sessions: Session[]) => Promise<T>,
): Promise<T> {
  const { manifest } = readManifest(await readFile(file, 'utf8'), file);
  if (manifest === undefined) throw new TypeError('the manifest of a playground is not valid');
  const loaded = { manifest, file, folder };
  const rules = { env: {}, folder, allowCommands: false };
  const secrets: SecretGetter = {
    get: async (wanted) => (await sourcedSecret(wanted, rules)) ?? '',
    has: () => true,
  };
  const sessions: Session[] = [];
  try {
    for (const { name } of places) {
      const config = await deviceConfig(name, deviceEntry(loaded, name), { folder, allowOutside: false });
      for (const node of config.nodes) {
        const { origin, pin } = await probePin(node);
        await known.confirm(origin, pin);
      }
      sessions.push(openSession(loaded, config, secrets, { known, node: 0 }));
    }
    return await work(sessions);
  } finally {
    await Promise.all(sessions.map(({ device }) => device.close()));
  }
}
