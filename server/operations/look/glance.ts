import { asErrand } from '../engine/asking.ts';
import type { Known } from '../engine/cache.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import type { Changed, Fresh } from '../protocol.ts';

/** What is looked at for views. */
interface Sight {
  key: string;
  /** Ends the sentence of whoever is asked on the way: `to look at oslo`. */
  reason: string;
  /** What views show anew once it was read late. */
  what: Changed['what'];
}

/** What is known of a sight, read anew as fresh as wanted. */
export function glanceAt<T>(
  engine: Engine,
  { uri }: SavedManifest,
  { key, reason, what }: Sight,
  fresh: Fresh,
  read: () => Promise<T>,
): Promise<Known<T>> {
  const errand = { ask: fresh.ask === true, reason };
  const onNews = () => engine.editor.changed({ manifest: uri, what });
  return engine.cache.glance(key, fresh, () => asErrand(errand, read), onNews);
}
