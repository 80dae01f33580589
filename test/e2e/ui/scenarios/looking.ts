import assert from 'node:assert/strict';
import type { Scenario, Stage } from '../run.ts';

/** Confirms the keys of both practice devices, as a person would. */
export async function trust({ open, showViews, node, menu, dialog, shot }: Stage, picture = false): Promise<void> {
  await open();
  await showViews();
  await node(/^Namespace payments/).waitFor();
  await menu(/^oslo, not confirmed/, 'Connect');
  const first = await dialog(/Is this (oslo|bergen)/, 'Trust This Device');
  assert.match(first, /sha256:[0-9a-f]{64}/);
  if (picture) await shot('trusted');
  await dialog(/Is this (oslo|bergen)/, 'Trust This Device');
}

/** The same, and sees the drift. */
export async function connect(stage: Stage, picture = false): Promise<void> {
  await trust(stage, picture);
  await stage.node(/^bergen, replica · 3 missing/).waitFor();
}

/** A newcomer opens a workspace with a manifest and looks around. */
export const looking: Scenario = {
  name: 'looking',
  steps: [
    ['nothing is asked before a person says so', async (stage) => connect(stage, true)],
    [
      'the drift is shown, and counted on the icon',
      async ({ page, node, expand, shot }) => {
        await expand(/^bergen, replica/);
        await expand(/^Missing/);
        await node(/^card-2/).waitFor();
        await page.locator('.activitybar .badge').filter({ hasText: '1' }).waitFor();
        await shot('replication');
      },
    ],
    [
      'a tooltip explains',
      async ({ page, node, shot }) => {
        await node(/^Namespace payments/).hover();
        await page.locator('.monaco-hover:visible').filter({ hasText: 'oslo → bergen' }).first().waitFor();
        await page.screenshot({ path: 'dist/e2e/shots/tooltip.png' });
        await shot('after-tooltip');
      },
    ],
    [
      'a device shows its namespaces, keys and users',
      async ({ node, expand, collapse, shot }) => {
        await expand(/^oslo, operational/);
        await expand(/^Namespaces/);
        await expand(/^payments$/);
        await node(/^card-1, EC_P256/).waitFor();
        await shot('devices');
        await collapse(/^Namespaces/);
        await expand(/^Users/);
        await node(/^payments~replicator/).waitFor();
        await shot('users');
        await collapse(/^Users/);
        await expand(/^Namespaces/);
      },
    ],
    [
      'keys are filtered by the engine',
      async ({ node, menu, enter, shot }) => {
        await menu(/^payments$/, 'Filter Keys…');
        await enter('*-2', /Filter keys/);
        await node(/^payments, filter/).waitFor();
        await node(/^card-1, EC_P256/).waitFor({ state: 'detached' });
        await node(/^card-2, EC_P256/).waitFor();
        await shot('filter');
      },
    ],
  ],
};
