import { findPair, nodeAt } from '../../../schemas/tree/node.ts';
import { removeElement, removePair } from './change.ts';
import type { FixMaker } from './fix.ts';

/** Takes out what does nothing, or stands in the way. */
export const remove: FixMaker = ({ file: { document }, finding: { item, data }, entry }) => {
  const path = data?.path;
  if (path === undefined || path.length === 0 || entry === undefined) return [];
  const last = path.at(-1) as PropertyKey;
  const parent = nodeAt(entry.value, path.slice(0, -1));
  if (parent?.kind === 'seq') {
    if (parent.items.length < 2) return [];
    return [{ title: 'Remove it', edits: [removeElement(document, item, parent, Number(last))], preferred: true }];
  }
  const pair = findPair(parent, String(last));
  if (parent?.kind !== 'map' || pair === undefined) return [];
  return [{ title: `Remove "${String(last)}"`, edits: [removePair(document, item, parent, pair)] }];
};
