import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../../../core/problem.ts';
import type { LoadedManifest } from '../../../core/sessions/manifest.ts';
import { readManifest } from '../../../schemas/read.ts';

/** A manifest of the workspace as it is saved: what is only typed yet connects to nothing. */
export interface SavedManifest extends LoadedManifest {
  uri: string;
  path: string;
  text: string;
}

/** A manifest, or how many errors it has. */
export type ManifestState = { errors: 0; manifest: SavedManifest } | { errors: number; manifest?: undefined };

/** Reads manifests from the disk; again only when they changed there. */
export interface Manifests {
  state(uri: string): Promise<ManifestState>;
  /** Throws a Problem `bad-manifest` for one with errors, and `unreadable`. */
  valid(uri: string): Promise<SavedManifest>;
}

export function createManifests(): Manifests {
  const read = new Map<string, { stamp: string; state: ManifestState }>();

  const state = async (uri: string): Promise<ManifestState> => {
    if (!uri.startsWith('file:')) throw noFile(uri);
    const path = fileURLToPath(uri);
    const { mtimeMs, size } = await stat(path);
    const stamp = `${mtimeMs} ${size}`;
    const before = read.get(uri);
    if (before?.stamp === stamp) return before.state;
    const text = await readFile(path, 'utf8');
    const { manifest, diagnostics } = readManifest(text, path);
    const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
    const next: ManifestState =
      manifest === undefined
        ? { errors: Math.max(1, errors) }
        : { errors: 0, manifest: { uri, path, text, manifest, file: basename(path), folder: dirname(path) } };
    read.set(uri, { stamp, state: next });
    return next;
  };

  return {
    state,
    async valid(uri) {
      const { manifest, errors } = await state(uri);
      if (manifest !== undefined) return manifest;
      throw new Problem({
        kind: 'bad-manifest',
        place: basename(fileURLToPath(uri)),
        cause: `the manifest has ${errors} ${errors === 1 ? 'error' : 'errors'}`,
        remedy: 'Mend them, and save it',
      });
    },
  };
}

const noFile = (uri: string): Problem =>
  new Problem({
    kind: 'bad-manifest',
    place: uri.slice(0, 200),
    cause: 'the manifest is not saved in a file',
    remedy: 'Save it',
  });
