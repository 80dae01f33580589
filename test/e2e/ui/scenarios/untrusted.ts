import type { Scenario } from '../run.ts';

/** A workspace that nobody trusts: the language features work, nothing connects. */
export const untrusted: Scenario = {
  name: 'untrusted',
  options: { askTrust: true },
  steps: [
    [
      'manifests are checked, devices are left alone',
      async ({ page, open, showViews, node, command, choose, toast, shot }) => {
        await open();
        await showViews();
        await node(/^Namespace payments/).waitFor();
        await page.keyboard.press('Control+p');
        await page.locator('.quick-input-widget input[type=text]').fill('practice.nethsm.yaml');
        await page
          .locator('.quick-input-list .monaco-list-row')
          .filter({ hasText: 'practice.nethsm.yaml' })
          .first()
          .waitFor();
        await page.keyboard.press('Enter');
        await page.locator('.codelens-decoration').first().waitFor();
        await node(/^oslo, not asked yet/).waitFor();
        await shot('untrusted');
        await command('NetHSM: Synchronise');
        await choose('payments');
        await toast(/workspace is not trusted/);
      },
    ],
  ],
};
