/**
 * How long a new key takes from one site to the other, and how fast a first synchronisation is: two practice devices and the
 * agent, each in a process of its own. Keys are made on the primary at a steady rate; the time from the device's answer to
 * the moment at which the replica shows the key is taken for each. `node bench/lag.ts [--keys N,N] [--rate N] [--seconds N]`
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startAgent, startTwoSites, type TwoSites } from '../test/support/site-processes.ts';
import { app, importKey } from '../test/support/sites.ts';

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '1000,100000' },
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '30' },
  },
});
const [rate, seconds] = [Number(values.rate), Number(values.seconds)];
const PATIENCE = 1_800_000;

async function until(what: string, isSo: () => Promise<boolean>, every: number): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`${what} took too long`);
    await sleep(every);
  }
}

const isThere = async ({ bergen }: TwoSites, id: string): Promise<boolean> =>
  (await bergen.ask('GET', `/keys/${id}`, app('payments'))).status === 200;

/** Makes keys at the rate; gives when each was acknowledged. */
async function make({ oslo }: TwoSites, acknowledged: { id: string; at: number }[]): Promise<number> {
  const underWay: Promise<void>[] = [];
  const begun = performance.now();
  for (let i = 0; i < rate * seconds; i++) {
    await sleep(Math.max(0, begun + (i * 1000) / rate - performance.now()));
    const id = `lag-${String(i).padStart(6, '0')}`;
    underWay.push(
      importKey(oslo, 'payments', id, (i % 250) + 1).then(() => void acknowledged.push({ id, at: performance.now() })),
    );
  }
  await Promise.all(underWay);
  return underWay.length / ((performance.now() - begun) / 1000);
}

/** Looks for the oldest key that did not arrive yet, again and again: the lag of each is at most a look too long. */
async function watch(sites: TwoSites, acknowledged: readonly { id: string; at: number }[]): Promise<number[]> {
  const lags: number[] = [];
  while (lags.length < rate * seconds) {
    const next = acknowledged[lags.length];
    if (next !== undefined && (await isThere(sites, next.id))) lags.push(performance.now() - next.at);
    else await sleep(10);
  }
  return lags.sort((a, b) => a - b);
}

async function measure(keys: number): Promise<string> {
  const sites = await startTwoSites('{ mode: streaming, maxLag: 10s }');
  try {
    await sites.oslo.seed('payments', keys);
    const begun = performance.now();
    const agent = startAgent(sites);
    const last = `key-${String(keys).padStart(7, '0')}`;
    await until('the first synchronisation', () => isThere(sites, last), 50);
    const first = (performance.now() - begun) / 1000;
    const url = await agent.url();
    await until('the agent', async () => (await fetch(`${url}/readyz`)).status === 200, 50);
    const acknowledged: { id: string; at: number }[] = [];
    const [made, lags] = await Promise.all([make(sites, acknowledged), watch(sites, acknowledged)]);
    agent.child.kill('SIGTERM');
    await agent.exit;
    const at = (share: number): string => ((lags[Math.ceil(share * lags.length) - 1] ?? 0) / 1000).toFixed(2);
    const speed = Math.round(keys / first);
    return `| ${keys} | ${first.toFixed(1)} | ${speed} | ${made.toFixed(0)} | ${at(0.5)} | ${at(0.95)} | ${at(1)} |`;
  } finally {
    await sites.close();
  }
}

console.log('| keys | first synchronisation, s | keys/s | new keys/s | p50 lag, s | p95 lag, s | worst, s |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const keys of (values.keys ?? '').split(',').map(Number)) console.log(await measure(keys));
process.exit(0);
