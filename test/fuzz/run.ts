/**
 * Throws damaged input at every reader: `node test/fuzz/run.ts [--cases N] [--seed S] [--only NAME]`.
 * The seed is told, so that a failure can be had again.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { fuzzers } from './fuzzers.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_007) },
    only: { type: 'string' },
  },
});
const [numRuns, seed] = [Number(values.cases), Number(values.seed)];
if (!Number.isSafeInteger(numRuns) || !Number.isSafeInteger(seed) || numRuns < 1) {
  throw new RangeError('--cases and --seed are whole numbers');
}

let isBroken = false;
for (const { name, property } of fuzzers.filter((fuzzer) => (values.only ?? fuzzer.name) === fuzzer.name)) {
  const start = Date.now();
  const result = await fc.check(property as fc.IAsyncProperty<unknown>, { numRuns, seed });
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  process.stdout.write(
    `${name}: ${result.numRuns} cases, seed ${seed}, ${seconds} s, ${result.failed ? 'FAILED' : 'ok'}\n`,
  );
  if (result.failed) {
    isBroken = true;
    process.stdout.write(`${fc.defaultReportMessage(result)}\n`);
  }
}
process.exitCode = isBroken ? 1 : 0;
