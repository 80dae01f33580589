/** `npm run simulate`: plays seeds; `--seed N` plays one and tells all of it. */
import { parseArgs } from 'node:util';
import { installHooks } from './hooks.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    break: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    processes: { type: 'string' },
  },
});

const { findBreak } = await import('./breaks/all.ts');
const broken = values.break === undefined ? undefined : findBreak(values.break);
installHooks(broken);
const { playSeeds } = await import('./seeds.ts');
process.exitCode = await playSeeds({
  from: Number(values.seed ?? values.from),
  count: values.seed === undefined ? Number(values.seeds) : 1,
  verbose: values.verbose || values.seed !== undefined,
  isBroken: broken !== undefined,
});
process.exit();
