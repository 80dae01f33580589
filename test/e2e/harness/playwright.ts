/** The part of playwright that we use, as types: the package itself is installed only where the end-to-end tests run. */
import { createRequire } from 'node:module';

export interface Locator {
  filter(options: { hasText?: string | RegExp; hasNotText?: string | RegExp }): Locator;
  locator(selector: string): Locator;
  getByRole(role: string, options?: { name?: string | RegExp; exact?: boolean }): Locator;
  getByText(text: string | RegExp): Locator;
  first(): Locator;
  last(): Locator;
  nth(at: number): Locator;
  count(): Promise<number>;
  click(options?: { button?: 'right'; force?: boolean; modifiers?: string[]; timeout?: number }): Promise<void>;
  hover(options?: { force?: boolean }): Promise<void>;
  fill(text: string, options?: { timeout?: number }): Promise<void>;
  press(key: string): Promise<void>;
  focus(): Promise<void>;
  textContent(): Promise<string | null>;

  allInnerTexts(): Promise<string[]>;
  getAttribute(name: string): Promise<string | null>;
  isVisible(): Promise<boolean>;
  scrollIntoViewIfNeeded(): Promise<void>;
  waitFor(options?: { state?: 'attached' | 'detached' | 'visible' | 'hidden'; timeout?: number }): Promise<void>;
}

export interface Page {
  keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  mouse: {
    move(x: number, y: number): Promise<void>;
    down(): Promise<void>;
    up(): Promise<void>;
    wheel(x: number, y: number): Promise<void>;
  };
  locator(selector: string): Locator;
  frameLocator(selector: string): FrameLocator;
  getByRole(role: string, options?: { name?: string | RegExp; exact?: boolean }): Locator;
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  route(
    matches: (url: URL) => boolean,
    handle: (route: { fulfill(answer: object): Promise<void> }) => unknown,
  ): Promise<void>;
  addInitScript<T>(script: (argument: T) => void, argument: T): Promise<void>;
  exposeFunction(name: string, work: (...given: never[]) => unknown): Promise<void>;
  screenshot(options: { path?: string; clip?: object }): Promise<Uint8Array>;
  setDefaultTimeout(ms: number): void;
  waitForTimeout(ms: number): Promise<void>;
  evaluate<T>(script: string | (() => T)): Promise<T>;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  on(event: 'console', listener: (message: { text(): string }) => void): void;
}

/** The document inside a frame. */
export interface FrameLocator {
  locator(selector: string): Locator;
  frameLocator(selector: string): FrameLocator;
}

export interface Browser {
  newContext(options: object): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }>;
  close(): Promise<void>;
}

interface Playwright {
  chromium: { launch(options: object): Promise<Browser> };
}

/** A headless Chromium of this machine. */
export function launchBrowser(executablePath: string): Promise<Browser> {
  const { chromium } = createRequire(import.meta.url)('playwright-core') as Playwright;
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] });
}
