import assert from 'node:assert/strict';
import { deleteKey } from '../../../../core/device/keys.ts';
import { addKeys, replicator } from '../../../../practice/playground/furnish.ts';
import type { Scenario } from '../run.ts';
import { deviceOf } from '../stage.ts';
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
      'selected keys are copied together',
      async ({ withDevice, command, node, select, menu, dialog, toast, clearToasts, shot }) => {
        await withDevice('oslo', (device, secrets) => addKeys(device, secrets, ['card-4', 'card-5']));
        await command('NetHSM: Refresh');
        await node(/^bergen, replica · 4 missing/).waitFor();
        await select(/^card-4/, /^card-5/);
        await shot('selected');
        await menu(/^card-5/, 'Copy Key');
        const asked = await dialog(/Copy 2 keys from oslo to bergen/, 'Copy');
        assert.match(asked, /2 keys created on bergen/);
        await toast(/2 asked, 2 sent, 2 verified/);
        await node(/^bergen, replica · 2 missing/).waitFor();
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
      async ({ command, choose, dialog, toast, toastButton, node, page, preview, closeEditors, clearToasts, shot }) => {
        await command('NetHSM: Copy All Missing Keys');
        await choose('payments');
        await dialog(/Copy all missing keys from oslo to bergen/, 'Copy');
        await toast(/2 asked, 2 sent, 2 verified/);
        await toastButton(/2 verified/, 'Details');
        await page.locator('.tab').filter({ hasText: 'Copy Keys' }).waitFor();
        await preview('2 asked, 2 sent, 2 verified');
        await node(/^bergen, replica · in step, 5 the same/).waitFor();
        await shot('details');
        await clearToasts();
        await closeEditors();
      },
    ],
    [
      'long work is cancelled at a safe point, and goes on later',
      async ({ playground, command, choose, dialog, node, toast, clearToasts, shot }) => {
        await deviceOf(playground, 'oslo').seedKeys('payments', 1_200, 'bulk-');
        const [target] = deviceOf(playground, 'bergen').nodes;
        target?.inject({ kind: 'slow', ms: 1_500, method: 'POST', path: /restore/, times: 20 });
        await command('NetHSM: Copy All Missing Keys');
        await choose('payments');
        await dialog(/Copy all missing keys from oslo to bergen/, 'Copy');
        const progress = await toast(/Copy Keys: all missing keys.*of 1,200/);
        await shot('progress');
        await progress.getByRole('button', { name: 'Cancel', exact: true }).click();
        const ended = await toast(/Stopped, as asked.*1,200 asked, \d+ sent/);
        await shot('cancelled');
        const [, sent = ''] = (await ended.textContent())?.match(/asked, ([\d,]+) sent/) ?? [];
        const done = Number(sent.replaceAll(',', ''));
        assert.ok(done > 0 && done < 1_200, sent);
        await clearToasts();
        target?.clearFaults();
        await node(new RegExp(`^bergen, replica · ${(1_200 - done).toLocaleString('en')} missing`)).waitFor();
        await command('NetHSM: Copy All Missing Keys');
        await choose('payments');
        await dialog(/Copy all missing keys from oslo to bergen/, 'Copy');
        await node(/^bergen, replica · in step, 1,205 the same/).waitFor();
        await clearToasts();
      },
    ],
    [
      'one key is sealed in an archive, and brought back after it was lost',
      async ({ withDevice, command, expand, menu, node, choose, enter, dialog, toast, clearToasts, shot }) => {
        await expand(/^oslo, operational/);
        await expand(/^Namespaces/);
        await menu(/^payments$/, 'Filter Keys…');
        await enter('card', /Filter keys/);
        await expand(/^payments, filter/);
        await menu(/^card-2, EC_P256/, 'Back Up Key');
        await toast(/1 key .*sealed in/);
        await shot('key-backed-up');
        await clearToasts();
        await withDevice('bergen', (device, secrets) =>
          deleteKey(device, replicator('payments', secrets), 'card-2' as never),
        );
        await command('NetHSM: Refresh');
        await node(/^bergen, replica · 1 missing/).waitFor();
        await menu(/^bergen, replica/, 'Restore Key…');
        // The archive holds no other key: nothing is asked.
        await choose(/card-2/);
        await dialog(/Restore card-2 onto bergen/, 'Restore');
        await toast(/1 asked, 1 sent, 1 verified/);
        await shot('key-restored');
        await node(/^bergen, replica · in step/).waitFor();
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
        await toast(/is whole: 1,205 keys/);
        await shot('verified');
        await clearToasts();
      },
    ],
    [
      'one key of a large archive is picked from its list, narrowed while typing',
      async ({ withDevice, command, page, menu, node, choose, inputBox, dialog, toast, clearToasts, shot }) => {
        await withDevice('bergen', (device, secrets) =>
          deleteKey(device, replicator('payments', secrets), 'card-3' as never),
        );
        await command('NetHSM: Refresh');
        await node(/^bergen, replica · 1 missing/).waitFor();
        await menu(/^bergen, replica/, 'Restore Key…');
        await choose(/^payments-\d{8}/);
        const box = await inputBox(/Which key of payments-/);
        await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'bulk-' }).first().waitFor();
        await box.fill('card');
        await page.locator('.quick-input-list').filter({ hasNotText: 'bulk-' }).waitFor();
        await shot('archived-keys');
        await choose('card-3');
        await dialog(/Restore card-3 onto bergen/, 'Restore');
        await toast(/1 asked, 1 sent, 1 verified/);
        await node(/^bergen, replica · in step/).waitFor();
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
        await toast(/1,205 asked/);
        await shot('restored');
        await clearToasts();
      },
    ],
    [
      'the doctor looks at a device',
      async ({ menu, toast, shot, clearToasts }) => {
        await menu(/^oslo, operational/, 'Doctor');
        await toast(/oslo: .*\d+ checks made/);
        await shot('doctor');
        await clearToasts();
      },
    ],
  ],
};
