/** A worker thread that opens sealed entries: it gets blocks of them and gives the same bytes back, opened in place. */
import type { KeyObject } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { openField } from './entries.ts';
import { NONCE_BYTES } from './sealing.ts';

/** Sealed entries on their way to a worker. */
export interface SealedBlock {
  bytes: Uint8Array<ArrayBuffer>;
  /** Where each entry begins and ends in `bytes`, in turns. */
  spans: Uint32Array<ArrayBuffer>;
}

/** The same, opened: each entry stands where its ciphertext stood. */
export interface OpenedBlock extends SealedBlock {
  /** So many entries from the first on have a tag that matches; all of them unless the file is damaged. */
  good: number;
}

const { key } = workerData as { key: KeyObject };

parentPort?.on('message', ({ bytes, spans }: SealedBlock) => {
  const sealed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let good = 0;
  for (let i = 0; i < spans.length; i += 2) {
    const start = spans[i] as number;
    const plain = openField(key, sealed, start, spans[i + 1] as number);
    if (plain === undefined) break;
    plain.copy(sealed, start + NONCE_BYTES);
    good++;
  }
  parentPort?.postMessage({ bytes, spans, good } satisfies OpenedBlock, [bytes.buffer, spans.buffer]);
});
