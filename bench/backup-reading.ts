/**
 * How fast the backup reader is, measured against a bare loop of `createDecipheriv` over the same entries in one run,
 * so that the ratio holds on any machine. `node bench/backup-reading.ts [--entries N] [--rounds N]`
 */
import { parseArgs } from 'node:util';
import { openBackupParallel } from '../core/backup/parallel.ts';
import { type OpenBackup, openBackup } from '../core/backup/reader.ts';
import { encodeHeader, writeBackup } from '../core/backup/writer.ts';
import { bareLoop, startLoops } from './bare-loop.ts';
import { makeBackup, makeEntries } from './make-backup.ts';

const { values } = parseArgs({
  options: { entries: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '7' } },
});
const count = Number(values.entries);
const rounds = Number(values.rounds);
const backup = makeBackup(count);
const { backupKey, salt, file } = backup;
const key = { backupKey, salt };

/** Bytes of a chunk, as `createReadStream` gives them. */
const CHUNK_BYTES = 64 * 1024;

async function* chunks(): AsyncGenerator<Buffer> {
  for (let at = 0; at < file.length; at += CHUNK_BYTES) yield file.subarray(at, at + CHUNK_BYTES);
}

async function countEntries({ batches }: OpenBackup): Promise<number> {
  let entries = 0;
  for await (const batch of batches) entries += batch.length;
  return entries;
}

const parallel = (threads: number) => async () =>
  countEntries(await openBackupParallel(chunks(), key, { place: 'bench', threads }));

/** Entries a second: by the clock, and by the processor time that all threads took together. */
interface Rate {
  clock: number;
  core: number;
}

async function rate(work: () => number | Promise<number>): Promise<Rate> {
  const start = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  const entries = await work();
  const { user, system } = process.cpuUsage(cpu);
  if (entries % count !== 0 || entries === 0) throw new Error(`${entries} entries read, ${count} written`);
  return { clock: entries / (Number(process.hrtime.bigint() - start) / 1e9), core: entries / ((user + system) / 1e6) };
}

/** The median rates of several rounds, taken in turns: what disturbs the machine disturbs each of them alike. */
async function compare<N extends string>(works: Record<N, () => number | Promise<number>>): Promise<Record<N, Rate>> {
  const names = Object.keys(works) as N[];
  const rates = new Map(names.map((name): [N, Rate[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) rates.get(name)?.push(await rate(works[name]));
  }
  const median = (all: number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
  const medians = ([name, all]: [N, Rate[]]): [N, Rate] => [
    name,
    { clock: median(all.map(({ clock }) => clock)), core: median(all.map(({ core }) => core)) },
  ];
  return Object.fromEntries([...rates].map(medians)) as Record<N, Rate>;
}

/** How far memory rises over its start while a backup goes from the writer into the reader, in MB. */
async function memoryOfStreaming(): Promise<number> {
  const before = process.memoryUsage().rss;
  let peak = before;
  const header = {
    version: 1 as const,
    raw: encodeHeader({ version: 1, salt, lockedDomainKey: salt, deviceId: 'x', configStoreKey: salt }, backupKey),
  };
  const { batches } = await openBackup(writeBackup(header, backupKey, makeEntries(count)), key, { place: 'bench' });
  for await (const _ of batches) peak = Math.max(peak, process.memoryUsage.rss());
  return (peak - before) / 1e6;
}

const memory = await memoryOfStreaming();
const [oneLoop, twoLoops] = [await startLoops(1, backup), await startLoops(2, backup)];
const rates = await compare({
  bare: () => bareLoop(backup),
  reader: async () => countEntries(await openBackup(chunks(), key, { place: 'bench' })),
  bareOne: oneLoop.run,
  bareTwo: twoLoops.run,
  one: parallel(1),
  two: parallel(2),
});
await Promise.all([oneLoop.close(), twoLoops.close()]);

const line = (what: string, { clock, core }: Rate, note = ''): string =>
  `  ${what.padEnd(30)}${[clock, core].map((entries) => Math.round(entries).toString().padStart(10)).join('')}  ${note}\n`;
const times = (a: number, b: number): string => (a / b).toFixed(2);
const { bare, reader, bareOne, bareTwo, one, two } = rates;
process.stdout.write(
  `${count} entries of ${Math.round(file.length / count)} bytes, median of ${rounds} rounds\n` +
    `${' '.repeat(32)}entries/s  per core\n` +
    line('bare createDecipheriv loop', bare) +
    line(
      'reader',
      reader,
      `${times(reader.clock, bare.clock)} and, per core, ${times(reader.core, bare.core)} of the bare loop`,
    ) +
    line('bare loop in 1 thread', bareOne) +
    line(
      'bare loops in 2 threads',
      bareTwo,
      `${times(bareTwo.clock, bareOne.clock)} times one: what the machine gives now`,
    ) +
    line('reader with 1 worker thread', one, `${times(one.core, bare.core)} per core of the bare loop`) +
    line('reader with 2 worker threads', two, `${times(two.clock, one.clock)} times one`) +
    `memory while streaming from the writer into the reader: +${memory.toFixed(0)} MB\n`,
);
