import type { BackupPass } from '../backup/device-backup.ts';
import type { KeyId, Namespace } from '../names.ts';

/** A key as it stands in a backup: equal bytes mean equal content, different bytes mean nothing yet. */
export interface SealedItem {
  id: KeyId;
  value: Buffer;
}

/** The keys of one namespace out of a pass over a backup, ordered by id. */
export async function* sealedItems(pass: BackupPass, namespace: Namespace): AsyncGenerator<SealedItem[]> {
  for await (const batch of pass.batches) {
    const items: SealedItem[] = [];
    for (const { entry, path } of batch) {
      if (path.kind === 'key' && path.namespace === namespace) items.push({ id: path.id, value: entry.value });
    }
    if (items.length > 0) yield items;
  }
}
