import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../../core/problem.ts';
import { MANIFEST_NAME } from '../../../practice/playground/layout.ts';
import { furnishPlayground, openPlayground, type Playground } from '../../../practice/playground/open.ts';
import { withPlaygroundSessions } from '../../../practice/playground/sessions.ts';
import { deviceBackupsFolder, type Engine } from '../engine/engine.ts';
import { knownDevicesFile } from '../engine/sessions.ts';
import type { Command } from './carry-out.ts';
import { makeResult, simpleResult } from './results.ts';

const NAMES = ['oslo', 'bergen'];

/** The playground of an engine; it lasts as long as the engine. */
const running = new WeakMap<Engine, Playground>();

export const startPractice: Command<'startPractice'> = {
  reason: () => 'to start practice devices',
  changes: false,
  async run(engine, { folder, fresh }, { signal, onProgress }) {
    const before = running.get(engine);
    if (before !== undefined) {
      return { ...simpleResult('nothing-to-do', 'Practice devices are up already.'), file: before.manifest };
    }
    await requireFree(join(folder, MANIFEST_NAME));
    const tell = (done: number, phase: string) => onProgress({ phase, done, total: 3, unit: 'entries' });
    tell(0, 'starting practice devices');
    const playground = await openPlayground(NAMES, { tls: true }, folder);
    try {
      tell(1, 'adding users and keys');
      await withPlaygroundSessions(playground, knownDevicesFile(engine.stateFolder()), (sessions) =>
        furnishPlayground(playground, sessions, { paired: !fresh, deviceBackups: deviceBackupsFolder(engine), signal }),
      );
    } catch (error) {
      await playground.close();
      throw error;
    }
    running.set(engine, playground);
    engine.editor.changed({ what: 'manifests' });
    const figures = { asked: NAMES.length, done: NAMES.length, verified: NAMES.length };
    const summary = `Practice devices ${NAMES.join(' and ')} are up until the editor closes; nothing in them is worth anything.`;
    return { ...makeResult('done', figures, summary), file: playground.manifest };
  },
};

export const stopPractice: Command<'stopPractice'> = {
  reason: () => 'to stop the practice devices',
  changes: false,
  async run(engine) {
    if (!(await endPractice(engine))) return simpleResult('nothing-to-do', 'No practice devices are up.');
    return simpleResult('done', 'The practice devices are stopped; what they held is gone.');
  },
};

/** Stops the practice devices of an engine; tells whether there were any. */
export async function endPractice(engine: Engine): Promise<boolean> {
  const playground = running.get(engine);
  if (playground === undefined) return false;
  running.delete(engine);
  await playground.close();
  return true;
}

async function requireFree(manifest: string): Promise<void> {
  const isThere = await access(manifest).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new Problem({
    kind: 'exists',
    place: manifest,
    cause: 'there is a manifest of practice devices already',
    remedy: 'Choose an empty folder, or delete it with its secrets: its devices are gone',
  });
}
