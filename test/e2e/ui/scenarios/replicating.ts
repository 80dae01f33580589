import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { addKeys } from '../../../../practice/playground/furnish.ts';
import type { Scenario } from '../run.ts';
import { connect } from './looking.ts';

let outage: { back(): void } | undefined;

/** A namespace is synchronised, and its primary changes, planned and not. */
export const replicating: Scenario = {
  name: 'replicating',
  steps: [
    ['the devices are confirmed', (stage) => connect(stage)],
    [
      'the plan is seen as a diff before it runs',
      async ({ page, menu, dialog, shot, closeEditors }) => {
        await menu(/^Namespace payments/, 'Synchronise…');
        await dialog(/Synchronise payments/, 'Show Plan');
        await page.locator('.monaco-diff-editor').waitFor();
        await page.locator('.view-line').filter({ hasText: 'card-1:' }).first().waitFor();
        await page.waitForTimeout(500);
        await shot('plan');
        await closeEditors();
      },
    ],
    [
      'it runs, and is verified',
      async ({ menu, dialog, toast, node, clearToasts, shot }) => {
        await menu(/^Namespace payments/, 'Synchronise…');
        const asked = await dialog(/Synchronise payments/, 'Synchronise');
        assert.match(asked, /3 keys created on bergen/);
        await toast(/asked.*done.*verified/, 120_000);
        await node(/^bergen, replica · in step, 3 the same/).waitFor();
        await shot('synchronised');
        await clearToasts();
      },
    ],
    [
      'the same id made at both sites is a conflict, and a person decides',
      async ({ withDevice, command, node, expand, menu, choose, dialog, toast, clearToasts, shot }) => {
        for (const device of ['oslo', 'bergen']) {
          await withDevice(device, (at, secrets) => addKeys(at, secrets, ['twin']));
        }
        await command('NetHSM: Refresh');
        await node(/^bergen, replica · 1 differs/).waitFor();
        await menu(/^Namespace payments/, 'Synchronise…');
        const asked = await dialog(/Synchronise payments/, 'Cancel');
        assert.match(asked, /1 conflict left alone/);
        await node(/^Namespace payments.*1 conflict/).waitFor();
        // Once, as a conflict, and not as a difference too.
        await node(/^bergen, replica · 1 conflict/).waitFor();
        await expand(/^bergen, replica/);
        await expand(/^Conflicts/);
        await node(/^twin/).waitFor();
        await shot('conflict');
        await menu(/^twin/, 'Resolve Conflict…');
        await choose(/^oslo/);
        await shot('conflict-question');
        await dialog(/Keep twin of oslo/, 'Keep That of oslo');
        await toast(/asked.*done.*verified/, 120_000);
        await shot('resolved');
        await node(/^bergen, replica · in step, 4 the same/).waitFor();
        await clearToasts();
      },
    ],
    [
      'the roles are exchanged, and the manifest follows',
      async ({ playground, menu, dialog, enter, toast, clearToasts, shot }) => {
        await menu(/^bergen, replica/, 'Switch Over…');
        await dialog(/Make bergen the primary of payments/, 'Switch Over');
        await enter('a passphrase for archives', /assphrase of sealed archives/);
        await toast(/Switched over: bergen is primary of payments/, 120_000);
        await shot('switched');
        assert.match(await readFile(playground.manifest, 'utf8'), /payments:\n {4}primary: bergen/);
        await clearToasts();
      },
    ],
    [
      'replication is paused and resumed',
      async ({ menu, node, toast, clearToasts, shot }) => {
        await menu(/^Namespace payments/, 'Pause Replication');
        await toast(/paused/i);
        await node(/^Namespace payments.*paused/).waitFor();
        await shot('paused');
        await menu(/^Namespace payments/, 'Resume Replication');
        await node(/^Namespace payments.*paused/).waitFor({ state: 'detached' });
        await clearToasts();
      },
    ],
    [
      'without its primary, a replica is promoted once the name is typed',
      async ({ withDevice, cutOff, page, command, node, menu, dialog, inputBox, enter, toast, clearToasts, shot }) => {
        // Made in the last moment, and seen by nobody.
        await withDevice('bergen', (device, secrets) => addKeys(device, secrets, ['late']));
        outage = cutOff('bergen');
        await command('NetHSM: Refresh');
        await node(/^bergen, primary · unreachable/).waitFor();
        await menu(/^oslo, replica/, 'Fail Over…');
        const asked = await dialog(/without its primary/, 'Fail Over, and Accept the Loss');
        assert.match(asked, /What may be lost/);
        const box = await inputBox(/Type payments/);
        await box.fill('paymets');
        await page.locator('.quick-input-message').filter({ hasText: 'This is not' }).waitFor();
        await shot('typed-name');
        await enter('payments', /Type payments|This is not/);
        await toast(/Failed over: oslo is primary of payments/, 120_000);
        await shot('failed-over');
        await clearToasts();
      },
    ],
    [
      'the old primary comes back as a replica, and what only it has is kept',
      async ({ command, node, menu, dialog, toast, clearToasts, shot }) => {
        outage?.back();
        await command('NetHSM: Refresh');
        await node(/^bergen, operational/).waitFor();
        await shot('is-back');
        await menu(/^bergen, replica/, 'Re-join Old Primary…');
        const asked = await dialog(/Re-join bergen as a replica of payments/, 'Re-join');
        assert.match(asked, /1 key created on oslo/);
        await toast(/bergen is a replica again/, 120_000);
        await shot('re-joined');
        await node(/^bergen, replica · in step, 5 the same/).waitFor();
        await clearToasts();
      },
    ],
    [
      'administrators come back from their archive, once the name is typed',
      async ({ page, menu, choose, dialog, enter, toast, clearToasts, shot }) => {
        await menu(/^bergen, replica/, 'Bring Administrators Back…');
        await page.locator('.quick-input-list .monaco-list-row').first().waitFor();
        await shot('keepers-choice');
        await choose(/keepers|payments/);
        await shot('keepers-question');
        await dialog(/Bring the administrators of payments back onto bergen/, 'Bring Back');
        await enter('payments', /Type payments/);
        await toast(/keepers are back/i, 120_000);
        await shot('keepers-back');
        await clearToasts();
      },
    ],
  ],
};
