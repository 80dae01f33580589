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
      'primary and replica stand side by side',
      async ({ page, command, choose, shot }) => {
        await command('NetHSM: Compare with the Primary');
        await choose('payments');
        await page.locator('.monaco-diff-editor').waitFor();
        await page.locator('.view-line').filter({ hasText: 'card-1:' }).first().waitFor();
        await page.waitForTimeout(500);
        await shot('diff');
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
      async ({ page, command, choose, toast, clearToasts, node, menu, shot }) => {
        await command('NetHSM: Back Up Namespace');
        await choose('payments');
        await toast(/sealed in/);
        await clearToasts();
        await page.locator('.pane-header').filter({ hasText: 'Archives' }).click();
        await node(/^payments-\d/).waitFor();
        await shot('archives');
        await menu(/^payments-\d/, 'Verify Archive');
        await toast(/is whole: 3 keys/);
        await shot('verified');
        await clearToasts();
      },
    ],
    [
      'an archive is brought back, and what is there stays',
      async ({ menu, choose, dialog, toast, clearToasts, shot }) => {
        await menu(/^payments-\d/, 'Restore Namespace…');
        await choose('bergen');
        await choose('Keys only');
        await dialog(/Restore payments onto bergen/, 'Restore');
        await toast(/3 asked/);
        await shot('restored');
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
