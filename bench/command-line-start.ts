/** Start of the command line: the built program to its help, beside a bare Node. `npm run build && node bench/command-line-start.ts` */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const CLI = join(import.meta.dirname, '..', 'dist', 'cli.js');
const RUNS = 30;
const CASES: [string, string[]][] = [
  ['node, empty program', ['-e', '']],
  ['nethsm-replication --help', [CLI, '--help']],
  ['nethsm-replication copy-key --help', [CLI, 'copy-key', '--help']],
];

function milliseconds(words: string[]): number {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, words, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}`);
  return performance.now() - start;
}

// One round after the other, so that whatever else the machine does hits all cases alike.
const times = CASES.map((): number[] => []);
for (let run = 0; run < RUNS; run++) {
  for (const [i, [, words]] of CASES.entries()) times[i]?.push(milliseconds(words));
}
console.log('| start, ms | median | p95 |\n| --- | --- | --- |');
for (const [i, [name]] of CASES.entries()) {
  const sorted = (times[i] ?? []).sort((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.floor(part * (sorted.length - 1))] ?? 0).toFixed(0);
  console.log(`| ${name} | ${at(0.5)} | ${at(0.95)} |`);
}
