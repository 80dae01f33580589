import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isProblem } from '../../../core/problem.ts';
import { openArchive } from '../../../core/transfer/archive/reader.ts';

const PASSPHRASE = 'archivePassphrase1';

/** Whether whole archives in at least two of the places hold this very sealed entry. */
export async function archivesHold(places: readonly string[], path: string, sealed: Buffer): Promise<boolean> {
  let found = 0;
  for (const place of places) if (await holds(place, path, sealed)) found++;
  return found >= 2;
}

async function holds(place: string, path: string, sealed: Buffer): Promise<boolean> {
  for (const file of filesIn(place)) {
    try {
      let seen = false;
      for await (const batch of (await openArchive(file, PASSPHRASE)).batches) {
        seen ||= batch.some((entry) => entry.path === path && entry.value.equals(sealed));
      }
      if (seen) return true;
    } catch (error) {
      if (!isProblem(error)) throw error;
    }
  }
  return false;
}

function filesIn(place: string): string[] {
  try {
    return readdirSync(place, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.tmp'))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}
