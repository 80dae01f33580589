/** The workbench as a person works with it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from './playwright.ts';

export interface Workbench {
  page: Page;
  /** Runs a command of the palette by its whole title. */
  command(title: string): Promise<void>;
  /** Chooses a row of an open pick. */
  choose(text: string | RegExp): Promise<void>;
  /** The open input box whose title or prompt holds a text. */
  inputBox(text: string | RegExp): Promise<Locator>;
  /** Types into the open input box and ends it. */
  enter(text: string, about: string | RegExp): Promise<void>;
  /** Presses a button of an open modal dialog whose text holds `about`. */
  dialog(about: string | RegExp, button: string): Promise<string>;
  /** Waits for a notification. */
  toast(text: string | RegExp, timeout?: number): Promise<Locator>;
  /** Presses a button of a notification. */
  toastButton(text: string | RegExp, button: string): Promise<void>;
  clearToasts(): Promise<void>;
  /** Shows the container of our views. */
  showViews(): Promise<void>;
  /** A node of a tree by its label and description. */
  node(name: string | RegExp): Locator;
  /** Opens a node if it is closed. */
  expand(name: string | RegExp): Promise<void>;
  /** Closes a node if it is open. */
  collapse(name: string | RegExp): Promise<void>;
  /** Selects nodes of one tree, the first one anew and the others with it. */
  select(...names: RegExp[]): Promise<void>;
  /** Waits until the preview of a Markdown text shows something. */
  preview(text: string | RegExp): Promise<void>;
  /** Runs an entry of the menu of a node. */
  menu(name: string | RegExp, entry: string): Promise<void>;
  closeEditors(): Promise<void>;
  shot(name: string): Promise<void>;
}

/** Drives a page that shows a workbench; pictures go to `shots`. */
export function createWorkbench(page: Page, shots: string): Workbench {
  mkdirSync(shots, { recursive: true });
  const input = page.locator('.quick-input-widget input[type=text], .quick-input-widget input[type=password]').first();
  const rows = page.locator('.quick-input-list .monaco-list-row');
  const toasts = page.locator('.notification-toast');
  const node = (name: string | RegExp) => page.getByRole('treeitem', { name }).first();
  /** Turns the twistie of a node that stands at `from`. */
  const turn = async (name: string | RegExp, from: 'true' | 'false') => {
    await node(name).waitFor();
    if ((await node(name).getAttribute('aria-expanded')) === from)
      await node(name).locator('.monaco-tl-twistie').click();
  };
  const openMenu = async (name: string | RegExp) => {
    await node(name).click({ button: 'right' });
    await page.locator('.monaco-menu .action-item').first().waitFor();
  };

  const workbench: Workbench = {
    page,
    async command(title) {
      const row = rows.filter({ hasText: title }).first();
      for (let tries = 5; ; tries--) {
        await page.keyboard.press('F1');
        const isChosen = await input
          .fill(`>${title}`, { timeout: 5_000 })
          .then(() => row.waitFor({ timeout: 5_000 }))
          // Rows still move while the list is narrowed.
          .then(() => page.waitForTimeout(400))
          .then(() => row.click({ timeout: 3_000 }))
          .then(
            () => true,
            () => false,
          );
        if (isChosen) return;
        // The palette doesn't hear of commands that come while it is open, and what takes the focus closes it.
        await page.keyboard.press('Escape');
        if (tries === 1) throw new Error(`no command ${title}`);
      }
    },
    async choose(text) {
      const row = rows.filter({ hasText: text }).first();
      await row.waitFor();
      await row.click();
    },
    async inputBox(text) {
      await page.locator('.quick-input-widget').filter({ hasText: text }).waitFor();
      return input;
    },
    async enter(text, about) {
      await (await workbench.inputBox(about)).fill(text);
      await page.keyboard.press('Enter');
    },
    async dialog(about, button) {
      const box = page.locator('.monaco-dialog-box').filter({ hasText: about });
      await box.waitFor();
      const text = (await box.textContent()) ?? '';
      await box.getByRole('button', { name: button, exact: true }).click();
      return text;
    },
    async toast(text, timeout = 60_000) {
      const toast = toasts.filter({ hasText: text }).first();
      await toast.waitFor({ timeout });
      return toast;
    },
    async toastButton(text, button) {
      const toast = await workbench.toast(text);
      await toast.getByRole('button', { name: button, exact: true }).click();
    },
    async clearToasts() {
      await workbench.command('Notifications: Clear All Notifications');
      await toasts.first().waitFor({ state: 'detached' });
    },
    async showViews() {
      await page.locator('.activitybar a.action-label[aria-label^="NetHSM"]').click();
      // Wide enough for what stands beside the names.
      await page.mouse.move(350, 300);
      await page.mouse.down();
      await page.mouse.move(480, 300);
      await page.mouse.up();
    },
    node,
    expand: (name) => turn(name, 'false'),
    collapse: (name) => turn(name, 'true'),
    async select(first, ...others) {
      await node(first).click({ modifiers: ['Control'] });
      for (const other of others) await node(other).click({ modifiers: ['Control'] });
    },
    preview: (text) =>
      page
        .frameLocator('iframe.webview.ready')
        .frameLocator('iframe#active-frame')
        .locator('body')
        .filter({ hasText: text })
        .waitFor(),
    async menu(name, entry) {
      await openMenu(name);
      const items = page.locator('.monaco-menu .action-item');
      // A menu takes no click at the moment of its opening.
      for (let tries = 5; tries > 0 && (await items.count()) > 0; tries--) {
        await page.waitForTimeout(250);
        await items
          .filter({ hasText: entry })
          .first()
          .click({ timeout: 2_000 })
          .catch(() => {});
      }
    },
    async closeEditors() {
      await workbench.command('View: Close All Editors');
    },
    async shot(name) {
      await page.mouse.move(640, 798);
      await page.screenshot({ path: join(shots, `${name}.png`) });
    },
  };
  return workbench;
}
