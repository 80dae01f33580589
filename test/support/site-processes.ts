/** Practice devices and the agent as processes of their own, so that they can be killed, stopped and continued. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pairDevices } from '../../core/transfer/pair.ts';
import { writeSecrets } from './site-secrets.ts';
import { createNamespace, provision, type Site, siteAt } from './sites.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** A practice device in a process of its own. */
export interface SiteProcess extends Omit<Site, 'practice'> {
  child: ChildProcess;
  seed(namespace: string, count: number, prefix?: string): Promise<void>;
}

/** Two sites, paired, and where a manifest for them lies. */
export interface TwoSites {
  oslo: SiteProcess;
  bergen: SiteProcess;
  folder: string;
  manifest: string;
  state: string;
  /** Arguments of Node for its processes. */
  node: readonly string[];
  close(): Promise<void>;
}

async function startSiteProcess(name: string, node: readonly string[]): Promise<SiteProcess> {
  const child = spawn(process.execPath, [...node, join(ROOT, 'bench', 'practice-site.ts'), name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => JSON.parse((await lines.next()).value as string) as T;
  const { url } = await next<{ url: string }>();
  return {
    ...siteAt(name, url),
    child,
    async seed(namespace, count, prefix) {
      child.stdin?.write(`${JSON.stringify({ seed: { namespace, count, prefix } })}\n`);
      await next();
    },
  };
}

/** Starts two paired sites with a namespace `payments`, and writes a manifest with its secrets in files. */
export async function startTwoSites(replication: string, node: readonly string[] = []): Promise<TwoSites> {
  const folder = await mkdtemp(join(tmpdir(), 'site-processes-'));
  const [oslo, bergen] = await Promise.all([startSiteProcess('oslo', node), startSiteProcess('bergen', node)]);
  await Promise.all([provision(oslo), provision(bergen)]);
  await createNamespace(oslo, 'payments');
  await pairDevices({ from: oslo.session, to: bergen.session }, { deviceBackups: join(folder, 'pairing') });
  const secrets = await writeSecrets(folder);
  const device = ({ name, session }: SiteProcess): string =>
    `  ${name}: { url: "${session.node.url}", credentials: { ${secrets} } }\n`;
  const manifest = join(folder, 'sites.nethsm.yaml');
  await writeFile(
    manifest,
    `version: 1
devices:
${device(oslo)}${device(bergen)}namespaces:
  payments:
    primary: oslo
    replicas: [bergen]
    administrator: { user: replicator, passphrase: { file: ./replicator } }
    replication: ${replication}
    backups: { directory: ./backups }
`,
  );
  return {
    oslo,
    bergen,
    folder,
    manifest,
    state: join(folder, 'state'),
    node,
    async close() {
      for (const { child, session } of [oslo, bergen]) {
        await session.device.close();
        child.kill('SIGCONT');
        child.kill('SIGKILL');
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An agent as a process. */
export interface AgentProcess {
  child: ChildProcess;
  /** Its events so far. */
  events: { kind: string; level: string; text: string; namespace?: string }[];
  stderr(): string;
  /** Address of its endpoints. */
  url(): Promise<string>;
  /** Resolves with exit code and signal. */
  exit: Promise<[number | null, NodeJS.Signals | null]>;
}

/** Starts the agent on the manifest of two sites. */
export function startAgent({ manifest, state, folder, node }: TwoSites): AgentProcess {
  const main = join(ROOT, 'cli', 'main.ts');
  const words = ['run', manifest, '--state', state, '--trust-new-devices', '--listen', '127.0.0.1:0'];
  const env = { HOME: folder, NETHSM_BACKUP_PASSPHRASE: 'archive passphrase' };
  const child = spawn(process.execPath, [...node, main, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const events: AgentProcess['events'] = [];
  let errors = '';
  let listening: (url: string) => void = () => {};
  const url = new Promise<string>((resolve) => {
    listening = resolve;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as AgentProcess['events'][number];
    events.push(event);
    if (event.kind === 'listen') listening(event.text.split('/healthz')[0] ?? '');
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  return { child, events, stderr: () => errors, url: () => url, exit: once(child, 'close') as AgentProcess['exit'] };
}
