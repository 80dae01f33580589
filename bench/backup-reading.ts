/**
 * How fast the backup reader is, measured against a bare loop of `createDecipheriv` over the same entries in one run,
 * so that the ratio holds on any machine. `node bench/backup-reading.ts [--entries N] [--rounds N]`
 */
import { createDecipheriv, createSecretKey } from 'node:crypto';
import { parseArgs } from 'node:util';
import { END_MARK, ENTRY_DATA, LENGTH_BYTES } from '../core/backup/format.ts';
import { openBackupParallel } from '../core/backup/parallel.ts';
import { type OpenBackup, openBackup } from '../core/backup/reader.ts';
import { NONCE_BYTES, TAG_BYTES } from '../core/backup/sealing.ts';
import { makeBackup } from './make-backup.ts';

const { values } = parseArgs({
  options: { entries: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '5' } },
});
const count = Number(values.entries);
const backup = await makeBackup(count);
const { backupKey, salt, file } = backup;

/** What nobody can do without: each entry opened, the file cut up beforehand by its lengths. */
function bareLoop(): number {
  const cipherKey = createSecretKey(backupKey);
  const additionalData = Buffer.from(ENTRY_DATA);
  const end = file.length - END_MARK.length - LENGTH_BYTES;
  let entries = 0;
  for (let at = backup.headerBytes; at < end; ) {
    const start = at + LENGTH_BYTES;
    at = start + file.readUIntBE(at, LENGTH_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', cipherKey, file.subarray(start, start + NONCE_BYTES));
    decipher.setAAD(additionalData);
    decipher.setAuthTag(file.subarray(at - TAG_BYTES, at));
    decipher.update(file.subarray(start + NONCE_BYTES, at - TAG_BYTES));
    decipher.final();
    entries++;
  }
  return entries;
}

async function* chunks(): AsyncGenerator<Buffer> {
  for (let at = 0; at < file.length; at += 64 * 1024) yield file.subarray(at, at + 64 * 1024);
}

async function countEntries({ batches }: OpenBackup): Promise<number> {
  let entries = 0;
  for await (const batch of batches) entries += batch.length;
  return entries;
}

const key = { backupKey, salt };
const reader = async () => countEntries(await openBackup(chunks(), key, { place: 'bench' }));
const parallel = (threads: number) => async () =>
  countEntries(await openBackupParallel(chunks(), key, { place: 'bench', threads }));

async function rate(work: () => number | Promise<number>): Promise<number> {
  const start = process.hrtime.bigint();
  const entries = await work();
  if (entries !== count) throw new Error(`${entries} entries read, ${count} written`);
  return entries / (Number(process.hrtime.bigint() - start) / 1e9);
}

/** The best of several rounds, taken in turns: what disturbs the machine disturbs each of them alike. */
async function compare(works: Record<string, () => number | Promise<number>>): Promise<Record<string, number>> {
  const best: Record<string, number> = {};
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, work] of Object.entries(works)) best[name] = Math.max(best[name] ?? 0, await rate(work));
  }
  return best;
}

const {
  bare = 0,
  read = 0,
  one = 0,
  two = 0,
} = await compare({
  bare: bareLoop,
  read: reader,
  one: parallel(1),
  two: parallel(2),
});
const line = (what: string, rate: number, ratio: string): string =>
  `  ${what.padEnd(28)}${Math.round(rate).toString().padStart(9)} entries/s  ${ratio}\n`;
process.stdout.write(
  `${count} entries of ${Math.round(file.length / count)} bytes, best of ${values.rounds}\n` +
    line('bare createDecipheriv loop', bare, '') +
    line('reader', read, `${(read / bare).toFixed(2)} of the bare loop`) +
    line('reader, 1 worker thread', one, `${(one / bare).toFixed(2)} of the bare loop`) +
    line(
      'reader, 2 worker threads',
      two,
      `${(two / one).toFixed(2)} times one, ${(two / read).toFixed(2)} times the reader`,
    ),
);
