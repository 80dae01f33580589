/**
 * What no reader of a backup can do without: each entry opened by `createDecipheriv`, nothing else done. In a thread of
 * its own it shows how much two threads bring on this machine at best.
 */
import { createDecipheriv, createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { END_MARK, ENTRY_DATA, LENGTH_BYTES } from '../core/backup/format.ts';
import { NONCE_BYTES, TAG_BYTES } from '../core/backup/sealing.ts';

/** A backup in memory, and where its entries begin. */
interface Backup {
  file: Buffer;
  backupKey: Buffer;
  headerBytes: number;
}

/** Opens the entries of a backup in memory; gives how many. */
export function bareLoop({ backupKey, file, headerBytes }: Backup): number {
  const key = createSecretKey(backupKey);
  const additionalData = Buffer.from(ENTRY_DATA);
  const end = file.length - END_MARK.length - LENGTH_BYTES;
  let entries = 0;
  for (let at = headerBytes; at < end; ) {
    const start = at + LENGTH_BYTES;
    at = start + file.readUIntBE(at, LENGTH_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, file.subarray(start, start + NONCE_BYTES));
    decipher.setAAD(additionalData);
    decipher.setAuthTag(file.subarray(at - TAG_BYTES, at));
    decipher.update(file.subarray(start + NONCE_BYTES, at - TAG_BYTES));
    decipher.final();
    entries++;
  }
  return entries;
}

/** Threads that wait to run the loop, all at once, over the whole backup each; `run` gives the entries opened. */
export async function startLoops(threads: number, backup: Backup) {
  const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url), { workerData: backup }));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const run = async (): Promise<number> => {
    const answers = workers.map((worker) => once(worker, 'message'));
    for (const worker of workers) worker.postMessage('run');
    const counts = (await Promise.all(answers)) as [number][];
    return counts.reduce((sum, [count]) => sum + count, 0);
  };
  const close = () => Promise.all(workers.map((worker) => worker.terminate()));
  return { run, close };
}

if (workerData !== null && parentPort !== null) {
  const port = parentPort;
  // A Buffer arrives in a thread as a plain array of bytes.
  const { file, backupKey, headerBytes } = workerData as {
    file: Uint8Array;
    backupKey: Uint8Array;
    headerBytes: number;
  };
  const asBuffer = ({ buffer, byteOffset, length }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length);
  const loop = { file: asBuffer(file), backupKey: asBuffer(backupKey), headerBytes };
  port.on('message', () => port.postMessage(bareLoop(loop)));
  port.postMessage('ready');
}
