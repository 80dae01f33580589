import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { OpenedBlock, SealedBlock } from './open-worker.ts';

/** Worker threads that open blocks of sealed entries. */
export interface WorkerPool {
  /** Gives a block to the next worker in turn; its bytes are gone for the caller until they come back. */
  open(block: SealedBlock): Promise<OpenedBlock>;
  close(): Promise<void>;
}

interface Lane {
  worker: Worker;
  /** The blocks that the worker has, oldest first: it answers in that order. */
  waiting: { resolve: (block: OpenedBlock) => void; reject: (error: unknown) => void }[];
}

/** The worker as a source beside this file, or as a bundle beside the bundle or the chunk that this stands in. */
const WORKER = ['./open-worker.ts', './open-worker.js', '../open-worker.js']
  .map((name) => new URL(name, import.meta.url))
  .find((url) => existsSync(url));

/** Starts worker threads that share a key. */
export function startWorkers(threads: number, key: KeyObject): WorkerPool {
  const lanes = Array.from({ length: threads }, () => startLane(key));
  let turn = 0;
  return {
    open(block) {
      const { worker, waiting } = lanes[turn++ % threads] as Lane;
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        worker.postMessage(block, [block.bytes.buffer, block.spans.buffer]);
      });
    },
    async close() {
      await Promise.all(lanes.map(({ worker }) => worker.terminate()));
    },
  };
}

function startLane(key: KeyObject): Lane {
  if (WORKER === undefined) throw new Error('open-worker is missing in this installation');
  const lane: Lane = { worker: new Worker(WORKER, { workerData: { key } }), waiting: [] };
  const fail = (error: unknown): void => {
    for (const { reject } of lane.waiting.splice(0)) reject(error);
  };
  lane.worker.on('message', (block: OpenedBlock) => lane.waiting.shift()?.resolve(block));
  lane.worker.on('error', fail);
  lane.worker.on('exit', () => fail(new Error('a worker thread ended too early')));
  return lane;
}
