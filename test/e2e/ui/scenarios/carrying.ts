import assert from 'node:assert/strict';
import type { Scenario } from '../run.ts';
import { connect } from './looking.ts';

/** Keys are carried, backed up and brought back. */
export const carrying: Scenario = {
  name: 'carrying',
  steps: [
    ['the devices are confirmed', (stage) => connect(stage)],
    [
      'one key is copied, asked in numbers first',
      async ({ expand, menu, dialog, toast, clearToasts, shot }) => {
        await expand(/^bergen, replica/);
        await expand(/^Missing/);
        await menu(/^card-2/, 'Copy Key');
        const asked = await dialog(/Copy card-2 from oslo to bergen/, 'Copy');
        assert.match(asked, /1 key created on bergen/);
        await toast(/1 asked, 1 sent, 1 verified/);
        await shot('copied');
        await clearToasts();
      },
    ],
    [
      'the rest follows in one go, with its details',
      async ({ command, choose, dialog, toast, toastButton, node, page, clearToasts, shot }) => {
        await command('NetHSM: Copy All Missing Keys');
        await choose('payments');
        await dialog(/Copy all missing keys from oslo to bergen/, 'Copy');
        await toast(/2 asked, 2 sent, 2 verified/);
        await toastButton(/2 verified/, 'Details');
        await page.locator('.tab').filter({ hasText: 'Copy Keys' }).waitFor();
        await node(/^bergen, replica · in step, 3 the same/).waitFor();
        await shot('details');
        await clearToasts();
      },
    ],
    [
      'a namespace is backed up and its archive verified',
      async ({ page, command, choose, enter, toast, clearToasts, node, menu, shot }) => {
        await command('NetHSM: Back Up Namespace');
        await choose('payments');
        await enter('a passphrase for files', /archive/i);
        await toast(/sealed in/);
        await clearToasts();
        await page.locator('.pane-header').filter({ hasText: 'Archives' }).click();
        await node(/^payments-|^payments, 1/).waitFor();
        await shot('archives');
        await menu(/nethsm-archive|^payments-/, 'Verify Archive');
        await enter('a passphrase for files', /archive/i);
        await toast(/verified|read/i);
        await shot('verified');
        await clearToasts();
      },
    ],
    [
      'the doctor looks at a device',
      async ({ menu, toast, shot, clearToasts }) => {
        await menu(/^oslo, operational/, 'Doctor');
        await toast(/oslo|finding|well/i);
        await shot('doctor');
        await clearToasts();
      },
    ],
  ],
};
