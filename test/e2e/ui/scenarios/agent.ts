import { readFile, writeFile } from 'node:fs/promises';
import { addKeys } from '../../../../practice/playground/furnish.ts';
import type { Scenario } from '../run.ts';
import { connect } from './looking.ts';

/** An agent looks after the namespace while a person looks on. */
export const agent: Scenario = {
  name: 'agent',
  options: {
    prepare: async ({ manifest }) => {
      const text = await readFile(manifest, 'utf8');
      await writeFile(
        manifest,
        text.replace(/( {4}backups: .*\n)/, '$1    replication: { mode: streaming, maxLag: 30s }\n'),
      );
    },
  },
  steps: [
    ['the devices are confirmed, the namespace is behind', (stage) => connect(stage)],
    [
      'an agent starts and brings it into step, unasked',
      async ({ startAgent, node, page, shot }) => {
        await startAgent();
        await node(/^bergen, replica · in step, 3 the same/).waitFor({ timeout: 90_000 });
        await page.locator('.pane-header').filter({ hasText: 'Activity' }).click();
        await node(/create 3 keys on bergen from oslo: .*verified.*agent on/).waitFor();
        await shot('agent');
      },
    ],
    [
      'a new key is on the replica, and in the tree, without a click',
      async ({ withDevice, node, shot }) => {
        await withDevice('oslo', (device, secrets) => addKeys(device, secrets, ['card-4']));
        // Long before the devices are read again.
        await node(/^bergen, replica · in step, 4 the same/).waitFor({ timeout: 20_000 });
        await shot('agent-streamed');
      },
    ],
    [
      'a person pauses it',
      async ({ withDevice, command, menu, node, toast, shot }) => {
        await menu(/^Namespace payments/, 'Pause Replication');
        await toast(/paused/);
        await node(/^Namespace payments.*paused/).waitFor();
        await withDevice('oslo', (device, secrets) => addKeys(device, secrets, ['card-5']));
        await command('NetHSM: Refresh');
        await node(/^bergen, replica · 1 missing/).waitFor();
        await shot('agent-paused');
      },
    ],
  ],
};
