/**
 * Compares two ordered streams of 1,000,000 keys (or --keys N) by their sealed bytes, as `diff` does with two backups,
 * and prints time and memory beside a bare walk over the same streams.
 */
import { parseArgs } from 'node:util';
import { meet } from '../core/inventory/compare.ts';

const { values } = parseArgs({ options: { keys: { type: 'string', default: '1000000' } } });
const keys = Number(values.keys);
const BATCH = 128;
const VALUE = Buffer.alloc(300, 7);
const OTHER = Buffer.alloc(300, 8);

/** Keys as they come from a reader: new strings and buffers in each batch, none of which are kept. */
async function* stream(differsAt: (i: number) => boolean): AsyncGenerator<{ id: string; value: Buffer }[]> {
  for (let from = 0; from < keys; from += BATCH) {
    const batch: { id: string; value: Buffer }[] = [];
    for (let i = from; i < Math.min(keys, from + BATCH); i++) {
      batch.push({ id: `dev-${String(i).padStart(8, '0')}`, value: differsAt(i) ? OTHER : VALUE });
    }
    yield batch;
  }
}

async function timed(work: () => Promise<number>): Promise<{ result: number; seconds: number }> {
  const start = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - start) / 1000 };
}

async function walk(): Promise<number> {
  let count = 0;
  for (const differs of [false, true])
    for await (const batch of stream((i) => differs && i % 1000 === 0)) count += batch.length;
  return count;
}

async function compare(): Promise<number> {
  let differs = 0;
  for await (const meetings of meet(
    stream(() => false),
    stream((i) => i % 1000 === 0),
  )) {
    for (const { left, right } of meetings) if (!left || !right || !left.value.equals(right.value)) differs += 1;
  }
  return differs;
}

await timed(compare);
const bare = await timed(walk);
const full = await timed(compare);
console.log(`keys on each side        ${keys}`);
console.log(`making both streams      ${bare.seconds.toFixed(2)} s`);
console.log(`making and comparing     ${full.seconds.toFixed(2)} s (${full.result} differ)`);
console.log(`ratio                    ${(full.seconds / bare.seconds).toFixed(2)}`);
console.log(`peak memory              ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
