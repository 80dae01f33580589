import { backupFuzzer, storedFuzzer } from './backup.fuzz.ts';
import type { Fuzzer } from './fuzzer.ts';

/** Every reader that is fuzzed. */
export const fuzzers: Fuzzer[] = [backupFuzzer, storedFuzzer];
