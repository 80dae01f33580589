import { findPair, nodeAt } from '../../../schemas/tree/node.ts';
import { removeElement, removePair } from './change.ts';
import type { Fix, Fixing, FixMaker } from './fix.ts';

/** Takes out what does nothing, or stands in the way. */
export const remove: FixMaker = (fixing) => {
  const { file, finding, entry } = fixing;
  const path = finding.data?.path;
  if (path === undefined || path.length === 0 || entry === undefined) return [];
  const parent = nodeAt(entry.value, path.slice(0, -1));
  if (parent?.kind !== 'seq') return removal(fixing, path);
  if (parent.items.length < 2) {
    // An empty list of what is included, or of replicas, would say something else.
    return path.at(-2) === 'exclude' ? removal(fixing, path.slice(0, -1)) : [];
  }
  const edits = [removeElement(file.document, finding.item, parent, Number(path.at(-1)))];
  return [{ title: 'Remove it', edits, preferred: true }];
};

function removal({ file, finding, entry }: Fixing, path: PropertyKey[]): Fix[] {
  const name = String(path.at(-1));
  const parent = nodeAt(entry?.value, path.slice(0, -1));
  const pair = findPair(parent, name);
  if (parent?.kind !== 'map' || pair === undefined) return [];
  return [{ title: `Remove "${name}"`, edits: [removePair(file.document, finding.item, parent, pair)] }];
}
