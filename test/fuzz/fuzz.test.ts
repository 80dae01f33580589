/** A short run of every fuzzer; `npm run fuzz` takes longer ones. */
import { test } from 'node:test';
import fc from '../support/laws.ts';
import { fuzzers } from './fuzzers.ts';

for (const { name, property } of fuzzers) {
  test(`${name} stands damaged input`, () => fc.assert(property as fc.IAsyncProperty<unknown>, { numRuns: 500 }));
}
