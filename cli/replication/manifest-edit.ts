import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Namespace } from '../../core/names.ts';
import { applyChanges, primaryEdit } from '../../schemas/primary-edit.ts';
import type { Run } from '../run.ts';
import { printable } from '../terminal/text.ts';

/** Makes the manifest say who is primary now, by the smallest edit; says so when a person must do it. */
export async function editPrimary(run: Run, file: string, namespace: Namespace, primary: string): Promise<boolean> {
  const path = resolve(run.around.cwd, file);
  const text = await readFile(path, 'utf8');
  const changes = primaryEdit(text, namespace, primary);
  if (changes === undefined) {
    run.note(
      `Make sure that ${printable(file)} names ${printable(primary)} as primary: the record on the devices does.`,
    );
    return false;
  }
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, applyChanges(text, changes), { mode: (await stat(path)).mode, flag: 'wx' });
  await rename(draft, path);
  run.note(`${printable(file)} names ${printable(primary)} as primary now.`);
  return true;
}
