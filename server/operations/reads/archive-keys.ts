import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type IdList, packIds } from '../../../core/inventory/id-list.ts';
import { compareIds } from '../../../core/inventory/item.ts';
import type { KeyId } from '../../../core/names.ts';
import { verifyArchive } from '../../../core/transfer/backup-namespace.ts';
import { withFilePassphrase } from '../engine/archive-passphrase.ts';
import { asErrand } from '../engine/asking.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import { untrustedWorkspace } from '../engine/sessions.ts';
import { pageIds } from '../ids/page-ids.ts';
import type { Reads } from '../protocol.ts';
import { keepVerified } from './archives.ts';
import { narrow } from './keys.ts';

/** A larger file, in bytes, takes too long to be read while somebody waits for a list. */
const MOST_BYTES = 64_000_000;
const MOST = 1_000;

interface Listed {
  written: number;
  bytes: number;
  ids: IdList;
}

/** The ids of an archive's keys, as far as a list is of use; the archive is read once, and to its end. */
export async function archiveKeys(
  engine: Engine,
  { manifest, file, filter, limit }: Reads['nethsm/archiveKeys'][0],
  signal: AbortSignal,
): Promise<Reads['nethsm/archiveKeys'][1]> {
  if (!engine.options.trusted) throw untrustedWorkspace();
  const saved = await engine.manifests.valid(manifest);
  const { mtimeMs: written, size: bytes } = await stat(file);
  if (bytes > MOST_BYTES) return {};
  const key = `${saved.uri}\narchive-ids\n${file}`;
  const known = engine.cache.known<Listed>(key).value;
  const isSame = known?.written === written && known.bytes === bytes;
  const ids = isSame ? known.ids : await readIds(engine, saved, file, signal);
  if (!isSame) engine.cache.put<Listed>(key, { written, bytes, ids });
  const matching = await narrow(ids, filter, signal);
  return { total: ids.length, keys: pageIds(matching, { limit: Math.max(1, Math.min(MOST, limit)) }).page };
}

function readIds(engine: Engine, saved: SavedManifest, file: string, signal: AbortSignal): Promise<IdList> {
  const title = basename(file);
  const device = Object.keys(saved.manifest.devices)[0];
  return asErrand({ ask: true, reason: `to list the keys of ${title}`, signal }, async () => {
    let ids: KeyId[] = [];
    const archive = await withFilePassphrase(engine, saved, { title, device }, (passphrase) => {
      ids = [];
      return verifyArchive(file, passphrase, { signal, onKey: (id) => ids.push(id) });
    });
    await keepVerified(engine, saved, file, archive);
    return packIds(ids.sort(compareIds));
  });
}
