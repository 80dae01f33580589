import type { Browser, Page } from './playwright.ts';
import type { VsCodeServer } from './server.ts';

export interface Development {
  /** The extension's folder; none when a package was installed. */
  extension?: string;
  /** What runs as a test suite inside the extension host. */
  tests?: string;
}

/** Opens a page that will show the workbench of a server, with an extension under development. */
export async function openPage(browser: Browser, server: VsCodeServer, development: Development): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  // A machine may be busy with other tests.
  page.setDefaultTimeout(60_000);
  const uri = (path: string) => ({ scheme: 'vscode-remote', authority: server.authority, path });
  const options = {
    ...(development.extension !== undefined && { extensions: [uri(development.extension)] }),
    ...(development.tests !== undefined && { extensionTestsPath: uri(development.tests) }),
  };
  // The secret storage encrypts with half a key of the server, which only code-server's own front gives out.
  await page.route(
    (url) => url.host === server.authority && url.pathname === '/mint-key',
    (route) => route.fulfill({ status: 200, contentType: 'application/octet-stream', body: Buffer.alloc(32, 7) }),
  );
  // A built VS Code takes these from the page's own configuration, before its script runs.
  await page.addInitScript((given) => {
    const { document } = globalThis as unknown as { document: PageDocument };
    document.addEventListener('readystatechange', () => {
      const meta =
        document.readyState === 'interactive' && document.getElementById('vscode-workbench-web-configuration');
      if (!meta) return;
      const configuration = JSON.parse(meta.dataset.settings);
      configuration.developmentOptions = { ...configuration.developmentOptions, ...given };
      // No look-ups in a marketplace, and no worker that only code-server's front has.
      delete configuration.productConfiguration?.extensionsGallery;
      delete configuration.productConfiguration?.serviceWorker;
      meta.dataset.settings = JSON.stringify(configuration);
    });
  }, options);
  return page;
}

interface PageDocument {
  readyState: string;
  addEventListener(event: string, listener: () => void): void;
  getElementById(id: string): { dataset: { settings: string } } | null;
}
