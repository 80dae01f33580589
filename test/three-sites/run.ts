/**
 * Plays random stories of three sites and judges the engine by them.
 *   --seed N            one story, all of it told
 *   --seeds N --from N  how many (100), and from which on (1)
 *   --step N            from one seed to the next (1)
 *   --plot NAME         only the stories that are about this
 *   --break NAME        the code broken on purpose; found or not is what the exit code says
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installHooks } from '../simulation/hooks.ts';
import { CONTROLS } from './controls.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    step: { type: 'string', default: '1' },
    break: { type: 'string' },
    plot: { type: 'string' },
    most: { type: 'string', default: '5' },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const broken = CONTROLS.find(({ name }) => name === values.break);
if (values.break !== undefined && broken === undefined) throw new Error(`no control ${values.break}`);
installHooks(broken);
const { installGlobals, machine } = await import('../simulation/world/globals.ts');
const { startSites } = await import('./devices.ts');
const { playStory } = await import('./play.ts');
const { tellStory } = await import('./story.ts');

/** Journals wait for their disk at each write, so they lie in memory where there is a place for files in it. */
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'three-sites-'));
try {
  process.exitCode = await play();
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function play(): Promise<number> {
  installGlobals();
  const begun = machine.now();
  const sites = await startSites();
  const isOne = values.seed !== undefined;
  const step = Number(values.step);
  const from = Number(values.seed ?? values.from);
  const hits = new Map<string, number>();
  let played = 0;
  let failed = 0;
  for (
    let seed = from;
    seed < from + (isOne ? 1 : Number(values.seeds) * step) && failed < Number(values.most);
    seed += step
  ) {
    if (values.plot !== undefined && tellStory(seed, root).plot !== values.plot) continue;
    const { story, violations, hits: own } = await playStory(seed, sites, join(root, 'story'), isOne ? say : undefined);
    played++;
    for (const [name, count] of own) hits.set(name, (hits.get(name) ?? 0) + count);
    if (violations.length === 0) continue;
    failed++;
    say(`seed ${seed} (${story})`);
    for (const { rule, text } of violations) say(`  ${rule}: ${text}`);
  }
  for (const [name, count] of [...hits].sort(([a], [b]) => (a < b ? -1 : 1)))
    say(`${String(count).padStart(9)}  ${name}`);
  const wrong = failed === 0 ? 'nothing wrong' : `${failed} with something wrong`;
  say(`${played} seeds, ${((machine.now() - begun) / 1000).toFixed(1)} s: ${wrong}`);
  return Number(broken === undefined ? failed > 0 : failed === 0);
}
