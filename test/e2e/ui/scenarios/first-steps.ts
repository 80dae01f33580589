import type { Scenario } from '../run.ts';

/** A newcomer with an empty folder follows the walkthrough. */
export const firstSteps: Scenario = {
  name: 'first steps',
  options: { empty: true },
  steps: [
    [
      'an empty workspace says why the views are empty',
      async ({ page, open, showViews, shot }) => {
        await open();
        await showViews();
        await page.locator('.welcome-view-content').filter({ hasText: 'No replication manifest' }).first().waitFor();
        await shot('welcome');
      },
    ],
    [
      'the walkthrough opens',
      async ({ page, command, shot }) => {
        await command('NetHSM: First Steps');
        await page.locator('.gettingStartedContainer').filter({ hasText: 'Start two practice devices' }).waitFor();
        await page.waitForTimeout(500);
        await shot('walkthrough');
      },
    ],
    [
      'practice devices start and their manifest opens',
      async ({ page, command, toast, node, shot }) => {
        await command('NetHSM: Start Practice Devices');
        await toast(/practice devices/i, 60_000);
        await page.locator('.tab').filter({ hasText: 'practice.nethsm.yaml' }).waitFor();
        await node(/^Namespace payments/).waitFor();
        await shot('practice');
      },
    ],
  ],
};
