import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import type { Scenario } from '../run.ts';
import { trust } from './looking.ts';

let outage: { back(): void } | undefined;

/** What goes wrong most likely, and how it looks then. */
export const trouble: Scenario = {
  name: 'trouble',
  options: {
    // The manifest names no source of passphrases: they are asked for.
    prepare: async ({ manifest }) => {
      const text = await readFile(manifest, 'utf8');
      await writeFile(
        manifest,
        text.replaceAll(/, +passphrase: \{[^}]*\}/g, '').replaceAll(/^ +\w+Passphrase: .*\n/gm, ''),
      );
    },
  },
  steps: [
    ['the devices are confirmed', (stage) => trust(stage)],
    [
      'a wrong passphrase is tried once and asked for again',
      async ({ page, enter, inputBox, shot }) => {
        await inputBox(/Passphrase of/);
        await shot('passphrase');
        // Both devices ask, one after the other, and the first again after that.
        const refused = page
          .locator('.quick-input-widget:visible')
          .filter({ hasText: 'The device refused the last one' });
        for (let tries = 6; tries > 0 && (await refused.count()) === 0; tries--) {
          await enter('wrong wrong wrong', /Passphrase of/);
          await refused.waitFor({ timeout: 2_500 }).catch(() => {});
        }
        await refused.waitFor({ timeout: 5_000 });
        await shot('wrong-passphrase');
        // The person turns away from all that is asked.
        const box = page.locator('.quick-input-widget:visible');
        for (let quiet = 0; quiet < 3; ) {
          quiet = (await box.count()) > 0 ? 0 : quiet + 1;
          if (quiet === 0) await page.keyboard.press('Escape');
          await page.waitForTimeout(400);
        }
      },
    ],
    [
      'a device that goes away is shown as out of reach',
      async ({ cutOff, command, node, shot }) => {
        outage = cutOff('bergen');
        await command('NetHSM: Refresh');
        await node(/^bergen, unreachable/).waitFor();
        await shot('outage');
      },
    ],
    [
      'the engine dies and comes back by itself',
      async ({ page, node, enginePid, shot }) => {
        outage?.back();
        const before = enginePid();
        assert.ok(before);
        process.kill(before, 'SIGKILL');
        for (const end = Date.now() + 30_000; Date.now() < end; await page.waitForTimeout(100)) {
          const now = enginePid();
          if (now !== undefined && now !== before) break;
        }
        assert.notEqual(enginePid() ?? before, before, 'a new process');
        // The view shows what the new one says: nobody has asked the device again, or it answers.
        await node(/^bergen, (?!replica|unreachable)/).waitFor();
        await shot('after-death');
      },
    ],
  ],
};
