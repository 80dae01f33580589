import { randomBytes } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Problem } from './problem.ts';

/** A file that comes into being whole or not at all. */
export interface NewFile {
  /** Where it is while it is being written, to be read before it is put in its place. */
  readonly draft: string;
  write(chunk: Uint8Array): Promise<void>;
  /** Puts the file in its place, on disk for good. */
  commit(): Promise<void>;
  /** Takes back what was written; after a commit it does nothing. */
  abandon(): Promise<void>;
}

/**
 * Begins a new file beside its place, readable by its owner only. Nothing is ever overwritten: an existing file is a
 * Problem `exists`, now and at the commit.
 */
export async function createNewFile(path: string): Promise<NewFile> {
  const place = resolve(path);
  const exists = (): Problem =>
    new Problem({ kind: 'exists', place: path, cause: 'a file of this name exists', remedy: 'Choose another name' });
  if (await isThere(place)) throw exists();
  const draft = `${place}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(draft, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new Problem(
      {
        kind: 'unexpected',
        place: path,
        cause: `it can not be written (${error.code})`,
        remedy: 'Check that the folder exists and may be written',
      },
      { cause: error },
    );
  });
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  const fail = (error: NodeJS.ErrnoException): Problem =>
    new Problem(
      { kind: 'unexpected', place: path, cause: `writing failed (${error.code})`, remedy: 'Make room on the disk' },
      { cause: error },
    );
  return {
    draft,
    async write(chunk) {
      await handle.appendFile(chunk).catch((error: NodeJS.ErrnoException) => {
        throw fail(error);
      });
    },
    async commit() {
      try {
        await handle.sync();
        await close();
        await putInPlace(draft, place);
        await syncFolder(dirname(place));
      } catch (error) {
        throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? exists() : fail(error as NodeJS.ErrnoException);
      }
    },
    async abandon() {
      await close();
      await rm(draft, { force: true });
    },
  };
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** A link never replaces a file; where the file system has none, a rename after a look is the best there is. */
async function putInPlace(draft: string, place: string): Promise<void> {
  try {
    await link(draft, place);
    await rm(draft);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || (await isThere(place))) throw Object.assign(new Error('exists'), { code: 'EEXIST' });
    await rename(draft, place);
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
