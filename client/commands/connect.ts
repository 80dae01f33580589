import { window } from 'vscode';
import type { Client } from '../client.ts';
import { chooseManifest, targetOf } from './choose.ts';

/** Asks the devices of a manifest now, and the person for what that takes: confirmation, passphrases. */
export async function connect(client: Client, given?: unknown): Promise<void> {
  const { manifest } = await chooseManifest(client, targetOf(given));
  await window.withProgress({ location: { viewId: 'nethsm-replication.devices' } }, async () => {
    await client.engine.ask('nethsm/devices', { manifest, maxAge: 0, ask: true });
    await client.refresher.now(manifest);
  });
}
