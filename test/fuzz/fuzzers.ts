import { backupFuzzer, storedFuzzer } from './backup.fuzz.ts';
import type { Fuzzer } from './fuzzer.ts';
import { manifestFuzzer } from './manifest.fuzz.ts';

/** Every reader that is fuzzed. */
export const fuzzers: Fuzzer[] = [backupFuzzer, storedFuzzer, manifestFuzzer];
