import { VSIX } from '../../build.ts';
import type { Scenario } from '../run.ts';

/** The package as people install it: its page, practice devices, and a first synchronisation. */
export const packaged: Scenario = {
  name: 'packaged',
  options: { empty: true, vsix: VSIX },
  steps: [
    [
      'its page shows',
      async ({ page, open, command, preview, shot, closeEditors }) => {
        await open();
        await command('Extensions: Show Installed Extensions');
        await page.locator('.extension-list-item').filter({ hasText: 'NetHSM Replication' }).click();
        await preview(/What it does, and how it asks/);
        await shot('page');
        await closeEditors();
      },
    ],
    [
      'it starts practice devices from the empty view',
      async ({ page, showViews, node, toast, shot }) => {
        await showViews();
        await page.getByRole('button', { name: 'Start Practice Devices' }).first().click();
        await toast(/practice devices .* are up/i);
        await node(/^bergen, replica · 3 missing/).waitFor();
        await shot('packaged');
      },
    ],
    [
      'it synchronises, and the whole backup of before is told',
      async ({ menu, dialog, toast, toastButton, preview, node, shot, clearToasts }) => {
        await clearToasts();
        await menu(/^Namespace payments/, 'Synchronise…');
        await dialog(/Synchronise payments/, 'Synchronise');
        await toast(/asked.*done.*verified/, 120_000);
        await node(/^bergen, replica · in step, 3 the same/).waitFor();
        await toastButton(/verified/, 'Details');
        await preview(/Steps/);
        await shot('packaged-synchronised');
      },
    ],
  ],
};
