import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scenario } from '../run.ts';
import { connect } from './looking.ts';

/** What goes wrong most likely, and how it looks then. */
export const trouble: Scenario = {
  name: 'trouble',
  options: {
    // A second manifest for the same devices that names no source of passphrases: they are asked for.
    prepare: async ({ manifest, folder }) => {
      const text = await readFile(manifest, 'utf8');
      const asking = text.replaceAll(/, +passphrase: \{[^}]*\}/g, '').replaceAll(/^ +\w+Passphrase: .*\n/gm, '');
      await writeFile(join(folder, 'asking.nethsm.yaml'), asking);
    },
  },
  steps: [
    ['the devices are confirmed', (stage) => connect(stage)],
    [
      'a wrong passphrase is tried once and asked for again; the right one is kept',
      async ({ command, choose, enter, inputBox, shot, page, clearToasts }) => {
        await command('NetHSM: Doctor');
        await choose('asking.nethsm.yaml');
        await inputBox(/admin/);
        await shot('passphrase');
        await enter('wrong wrong wrong', /Passphrase of admin/);
        await inputBox(/The device refused the last one/);
        await shot('wrong-passphrase');
        for (let boxes = 10; boxes > 0 && (await page.locator('.quick-input-widget:visible').count()) > 0; boxes--) {
          await page.keyboard.press('Escape');
          await page.waitForTimeout(700);
        }
        await clearToasts();
      },
    ],
    [
      'a device that goes away is shown as out of reach',
      async ({ playground, command, node, shot }) => {
        const [, bergen] = playground.devices;
        await bergen?.close();
        await command('NetHSM: Refresh');
        await node(/^bergen, .*(unreachable|out of reach|refused|answer)/).waitFor();
        await shot('outage');
      },
    ],
    [
      'the engine dies and comes back by itself',
      async ({ page, node, killEngine, shot }) => {
        await killEngine();
        await page.waitForTimeout(500);
        await node(/^Namespace payments/).waitFor();
        await shot('after-death');
      },
    ],
  ],
};
