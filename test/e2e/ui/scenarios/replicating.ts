import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Scenario } from '../run.ts';
import { connect } from './looking.ts';

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
      async ({ playground, page, command, node, menu, dialog, inputBox, enter, toast, shot }) => {
        await playground.devices[1]?.close();
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
      },
    ],
  ],
};
