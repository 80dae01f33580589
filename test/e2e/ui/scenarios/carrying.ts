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
        assert.match(asked, /1 key/);
        await toast(/Asked 1, done 1, verified 1/);
        await shot('copied');
        await clearToasts();
      },
    ],
    [
      'the rest follows in one go',
      async ({ command, choose: _choose, dialog, toast, toastButton, node, page, clearToasts, shot }) => {
        await command('NetHSM: Copy All Missing Keys');
        await dialog(/Copy all missing keys from oslo to bergen/, 'Copy');
        await toast(/Asked 2, done 2, verified 2/);
        await node(/^bergen, replica · in step/).waitFor();
        await toastButton(/verified 2/, 'Details');
        await page.locator('.tab').filter({ hasText: 'Copy Keys' }).waitFor();
        await shot('details');
        await clearToasts();
      },
    ],
  ],
};
