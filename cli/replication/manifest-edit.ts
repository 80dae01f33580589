import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Namespace } from '../../core/names.ts';
import { applyChanges, primaryEdit } from '../../schemas/primary-edit.ts';
import type { Run } from '../run.ts';
import { printable } from '../terminal/text.ts';

/**
 * Makes the manifest say who is primary now, by the smallest edit. The roles were exchanged already, so a manifest that
 * can't be edited is no failure: a person is told to do it.
 */
export async function editPrimary(run: Run, file: string, namespace: Namespace, primary: string): Promise<boolean> {
  const edited = await edit(resolve(run.around.cwd, file), namespace, primary).catch((error: NodeJS.ErrnoException) => {
    if (error.code === undefined) throw error;
    return false;
  });
  run.note(
    edited
      ? `${printable(file)} names ${printable(primary)} as primary now.`
      : `${run.style.yellow('!')} Edit ${printable(file)} by hand to name ${printable(primary)} as primary: the record on the devices does, and sync refuses to work until they agree.`,
  );
  return edited;
}

async function edit(path: string, namespace: Namespace, primary: string): Promise<boolean> {
  const text = await readFile(path, 'utf8');
  const changes = primaryEdit(text, namespace, primary);
  if (changes === undefined) return false;
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, applyChanges(text, changes), { mode: (await stat(path)).mode, flag: 'wx' });
  await rename(draft, path);
  return true;
}
