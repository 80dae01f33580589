/** Loaded with `node --import` before a program: at its end writes the most memory that it held, in bytes, to descriptor 3. */
import { readFileSync, writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** Linux counts into `maxRSS` what the parent held at the fork; `VmHWM` is the program's own. */
function mostMemory(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

if (isMainThread) process.on('exit', () => writeSync(3, String(mostMemory())));
