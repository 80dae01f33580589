/** Streams of files that are read when they are asked for: no thread pool, so that the order of things is the world's. */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';

export * from 'node:fs';

export function createReadStream(path: string, options: { highWaterMark?: number } | undefined = {}): Readable {
  const step = options.highWaterMark ?? 65_536;
  return Readable.from(
    (function* () {
      const bytes = readFileSync(path);
      for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
    })(),
  );
}
