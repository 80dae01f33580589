/** The VS Code server that ships inside the npm package code-server, with a folder of its own. */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { HarnessPlaces } from './places.ts';

export interface VsCodeServer {
  /** `127.0.0.1:PORT`, also the authority of remote URIs. */
  authority: string;
  /** What it wrote so far. */
  log(): string;
  url(folder?: string): string;
  /** Where our engine and an agent beside it keep what they know. */
  stateFolder: string;
  /** The processes below it whose command line holds a text. */
  childrenWith(text: string): number[];
  stop(): Promise<void>;
}

export interface ServerOptions {
  settings?: Record<string, unknown>;
  /** For the extension host, on top of ours. */
  env?: Record<string, string>;
  /** Whether folders must be trusted first. */
  askTrust?: boolean;
  /** A package to be installed before. */
  vsix?: string;
}

/** What makes the workbench quiet and steady. */
const QUIET_SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'git.enabled': false,
  // The web's default would write a test's edits to disk.
  'files.autoSave': 'off',
  'window.restoreWindows': 'none',
  'files.simpleDialog.enable': true,
  'editor.accessibilitySupport': 'off',
  // Or screenshots catch half-faded toasts.
  'workbench.reduceMotion': 'on',
  'workbench.colorTheme': 'Default Dark Modern',
  'remote.autoForwardPorts': false,
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** Starts it and waits until it listens. */
export async function startServer(places: HarnessPlaces, options: ServerOptions = {}): Promise<VsCodeServer> {
  const folder = mkdtempSync(join(tmpdir(), 'vscode-e2e-'));
  const flags = [
    ...['--accept-server-license-terms', '--server-data-dir', folder, '--user-data-dir', join(folder, 'data')],
    ...['--extensions-dir', join(folder, 'extensions'), '--telemetry-level', 'off'],
  ];
  mkdirSync(join(folder, 'data', 'User'), { recursive: true });
  mkdirSync(join(folder, 'extensions'), { recursive: true });
  const settings = { ...QUIET_SETTINGS, ...(options.askTrust ? TRUST_ASKED : TRUST_OFF), ...options.settings };
  writeFileSync(join(folder, 'data', 'User', 'settings.json'), JSON.stringify(settings, null, 1));
  const entry = join(places.serverRoot, 'out/server-main.js');
  if (options.vsix !== undefined) await run(places.node, [entry, ...flags, '--install-extension', options.vsix]);
  const port = await freePort();
  const stateHome = join(folder, 'state');
  const child = spawn(
    places.node,
    [
      entry,
      ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'],
      ...flags,
      ...(options.askTrust ? [] : ['--disable-workspace-trust']),
    ],
    {
      env: { ...process.env, XDG_STATE_HOME: stateHome, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
  // It leads its own process group, with the extension host and our engine: never leave that behind.
  const kill = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {}
  };
  const reap = () => kill('SIGKILL');
  process.once('exit', reap);
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const until = Date.now() + 60_000;
  while (!text.includes('Extension host agent started')) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`VS Code did not start:\n${text}`);
    await delay(50);
  }
  const authority = `127.0.0.1:${port}`;
  return {
    authority,
    log: () => text,
    url: (workspace) =>
      `http://${authority}/?${workspace === undefined ? 'ew=true' : `folder=${encodeURIComponent(workspace)}`}`,
    stateFolder: join(stateHome, 'nethsm-replication'),
    childrenWith: (text) => descendants(child.pid ?? 0).filter((pid) => read(`/proc/${pid}/cmdline`).includes(text)),
    async stop() {
      kill('SIGTERM');
      const timer = setTimeout(reap, 5_000);
      await exited;
      clearTimeout(timer);
      process.removeListener('exit', reap);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** All processes that a process started, and those that they started. */
const descendants = (pid: number): number[] => {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((one) => [one, ...descendants(one)]);
};

/** A file of a process, empty when that ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const TRUST_OFF = { 'security.workspace.trust.enabled': false };
const TRUST_ASKED = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'always',
};

/** Runs a program; what it prints is shown only when it failed, since a server that was not built complains each time. */
const run = promisify(execFile);
