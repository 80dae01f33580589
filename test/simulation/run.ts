/**
 * `npm run simulate`: plays stories and judges the engine by them.
 *   --seed N          one story, all of it told
 *   --seeds N --from N   how many, and from which on (2000, 1)
 *   --break NAME      the code broken on purpose; found or not is what the exit code says. `--break list` names them
 *   --plot NAME       only the stories that are about this
 *   --twice           each story is played twice and must be the same
 *   --processes N     how many at once (2)
 */
import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { BREAKS, findBreak } from './breaks/all.ts';
import { installHooks } from './hooks.ts';
import { addTotals, emptyTotals, type Totals, tellTotals } from './totals.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    break: { type: 'string' },
    plot: { type: 'string' },
    twice: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    processes: { type: 'string', default: '2' },
    /** Set for the processes that this one starts: every so many seeds. */
    step: { type: 'string' },
  },
});

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (values.break === 'list') for (const { name, rule } of BREAKS) write(`${name.padEnd(26)} ${rule}`);
else if (values.seed === undefined && values.step === undefined && Number(values.processes) > 1) {
  process.exitCode = await playInProcesses();
} else process.exitCode = await playHere();

async function playHere(): Promise<number> {
  const broken = values.break === undefined ? undefined : findBreak(values.break);
  installHooks(broken);
  const { playSeeds } = await import('./seeds.ts');
  const totals = await playSeeds({
    from: Number(values.seed ?? values.from),
    count: values.seed === undefined ? Number(values.seeds) : 1,
    step: Number(values.step ?? 1),
    verbose: values.verbose || values.seed !== undefined,
    twice: values.twice,
    plot: values.plot,
    most: broken === undefined ? 10 : 1,
  });
  if (values.step !== undefined) {
    process.send?.(totals);
    process.disconnect?.();
  } else tellTotals(totals, write);
  return codeOf(totals);
}

/** Found is what a break is to be; nothing found is what the code is to be. */
function codeOf({ failed }: Totals): number {
  return Number(values.break === undefined ? failed > 0 : failed === 0);
}

async function playInProcesses(): Promise<number> {
  const count = Number(values.processes);
  const begun = performance.now();
  const children = Array.from({ length: count }, (_, i) =>
    fork(import.meta.filename, [
      ...process.argv.slice(2),
      ...['--from', String(Number(values.from) + i), '--step', String(count)],
      ...['--seeds', String(Math.ceil((Number(values.seeds) - i) / count))],
    ]),
  );
  const totals = emptyTotals();
  let broke = 0;
  const ends = children.map((child) => {
    child.on('message', (part: Totals) => {
      addTotals(totals, part);
      // A break that one of them found is found.
      if (values.break !== undefined && part.failed > 0)
        for (const other of children) if (other !== child) other.kill();
    });
    return new Promise<void>((resolve) =>
      child.on('exit', (code, signal) => {
        if (code !== 0 && code !== 1 && signal === null) broke++;
        resolve();
      }),
    );
  });
  await Promise.all(ends);
  totals.seconds = (performance.now() - begun) / 1000;
  tellTotals(totals, write);
  return broke > 0 ? 2 : codeOf(totals);
}
