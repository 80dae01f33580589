import { archiveFuzzer } from './archive.fuzz.ts';
import { backupFuzzer, storedFuzzer } from './backup.fuzz.ts';
import { deviceFuzzer } from './device.fuzz.ts';
import type { Fuzzer } from './fuzzer.ts';
import { hostileManifestFuzzer } from './hostile-manifest.fuzz.ts';
import { listingFuzzer, restoreAnswerFuzzer } from './listing.fuzz.ts';
import { manifestFuzzer } from './manifest.fuzz.ts';

/** Every reader that is fuzzed. */
export const fuzzers: Fuzzer[] = [
  backupFuzzer,
  storedFuzzer,
  archiveFuzzer,
  manifestFuzzer,
  hostileManifestFuzzer,
  deviceFuzzer,
  listingFuzzer,
  restoreAnswerFuzzer,
];
