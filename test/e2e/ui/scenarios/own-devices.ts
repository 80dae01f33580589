import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { addKeys, addNamespace } from '../../../../practice/playground/furnish.ts';
import { manifestText } from '../../../../practice/playground/layout.ts';
import type { Scenario, Stage } from '../run.ts';
import { deviceOf } from '../stage.ts';

/** Types the passphrases that are asked for until something else shows. */
async function answerPassphrases({ page, playground: { secrets } }: Stage, until: { isVisible(): Promise<boolean> }) {
  const box = page.locator('.quick-input-widget:visible').filter({ hasText: /assphrase/ });
  const titles: [RegExp, string][] = [
    [/of admin/, secrets.administrator],
    [/of backup1/, secrets.backup],
    [/backup passphrase/i, secrets['backup-passphrase']],
    [/unlock passphrase/i, secrets['unlock-passphrase']],
    [/sealed archives/, 'a passphrase for archives'],
  ];
  for (const end = Date.now() + 90_000; Date.now() < end; await page.waitForTimeout(300)) {
    if (await until.isVisible()) return;
    if ((await box.count()) === 0) continue;
    const title = (await box.locator('.quick-input-title').textContent()) ?? '';
    const [, secret] = titles.find(([about]) => about.test(title)) ?? [];
    assert.ok(secret, title);
    await box.locator('input').fill(secret);
    await page.keyboard.press('Enter');
    await box
      .filter({ hasText: title })
      .waitFor({ state: 'detached', timeout: 2_000 })
      .catch(() => {});
  }
}

/** A person brings a device of their own: it is added, takes over the Domain Key, and becomes a replica. */
export const ownDevices: Scenario = {
  name: 'own devices',
  options: { fresh: true },
  steps: [
    [
      'a manifest names one device',
      async ({ playground: { manifest, places }, withDevice, open, showViews, node, menu, dialog }) => {
        await withDevice('oslo', async (device, secrets) => {
          await addNamespace(device, secrets);
          await addKeys(device, secrets, ['card-1', 'card-2']);
        });
        await writeFile(manifest, manifestText(places.slice(0, 1)));
        await open();
        await showViews();
        await menu(/^oslo, not confirmed/, 'Connect');
        await dialog(/Is this oslo/, 'Trust This Device');
        await node(/^oslo, operational/).waitFor();
      },
    ],
    [
      'a second one is added: address, public key, name, users, passphrase',
      async (stage) => {
        const { playground, command, inputBox, enter, dialog, toast, clearToasts, shot, node } = stage;
        const { url, pin = '' } = deviceOf(playground, 'bergen');
        await command('NetHSM: Add Device');
        const address = await inputBox(/Address of its API/);
        await address.fill('http://nethsm.example');
        await stage.page.locator('.quick-input-message').filter({ hasText: 'Only https://' }).waitFor();
        await shot('add-address');
        await enter(url, /Add a device/);
        const asked = await dialog(/Is this your device/, 'Trust This Device');
        assert.ok(asked.includes(pin), asked);
        await enter('bergen', /Its name in the manifest/);
        await enter('admin', /User who administrates it/);
        await enter('backup1', /User who makes backups/);
        await inputBox(/assphrase of admin on bergen/);
        await shot('add-passphrase');
        await enter(playground.secrets.administrator, /assphrase of admin on bergen/);
        await toast(/bergen is confirmed/);
        await shot('added');
        assert.match(await readFile(playground.manifest, 'utf8'), /\n {2}bergen:\n/);
        await node(/^bergen, /).waitFor();
        await clearToasts();
      },
    ],
    [
      'it takes over the Domain Key, once its name is typed',
      async (stage) => {
        const { menu, choose, dialog, enter, toast, clearToasts, shot, page, node } = stage;
        await menu(/^bergen, /, 'Pair Devices…');
        await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'Nothing but' }).waitFor();
        await shot('pair-choice');
        await choose('Anything: it is erased');
        await page
          .locator('.monaco-dialog-box')
          .filter({ hasText: /Pair bergen with oslo/ })
          .waitFor();
        await shot('pair-question');
        const asked = await dialog(/Pair bergen with oslo/, 'Pair');
        assert.match(asked, /takes over the Domain Key of oslo/);
        await enter('bergen', /Type bergen/);
        const done = page.locator('.notification-toast').filter({ hasText: 'has the Domain Key of oslo now' });
        await answerPassphrases(stage, done);
        await toast(/bergen has the Domain Key of oslo now/);
        // Its passphrases are those of oslo now: nobody is asked again.
        await node(/^bergen, operational/).waitFor();
        await shot('paired');
        await clearToasts();
      },
    ],
    [
      'it becomes a replica, and gets the keys',
      async (stage) => {
        const { playground, withDevice, menu, dialog, node, page, shot } = stage;
        const text = await readFile(playground.manifest, 'utf8');
        await writeFile(
          playground.manifest,
          text.replace('primary: oslo\n', 'primary: oslo\n    replicas: [bergen]\n'),
        );
        // Of what oslo held at the pairing nothing is missing.
        await node(/^bergen, replica · in step, 2 the same/).waitFor();
        await withDevice('oslo', (device, secrets) => addKeys(device, secrets, ['card-3']));
        await menu(/^Namespace payments/, 'Synchronise…');
        await answerPassphrases(stage, page.locator('.monaco-dialog-box').filter({ hasText: /Synchronise payments/ }));
        await dialog(/Synchronise payments/, 'Synchronise');
        await answerPassphrases(stage, page.locator('.notification-toast').filter({ hasText: 'verified' }));
        await node(/^bergen, replica · in step, 3 the same/).waitFor();
        await shot('own-synchronised');
      },
    ],
  ],
};
