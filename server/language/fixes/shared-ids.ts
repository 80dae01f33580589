import { findPair } from '../../../schemas/tree/node.ts';
import { setBlock } from './change.ts';
import type { FixMaker } from './fix.ts';

/** Gives each site the ids that start with its name. */
export const sharedIds: FixMaker = ({ file: { document }, finding: { item }, entry }) => {
  const pair = findPair(entry?.value, 'primaries');
  if (pair?.value?.kind !== 'seq') return [];
  const sites = pair.value.items.flatMap((site) => (site.kind === 'scalar' ? [String(site.value)] : []));
  const lines = sites.map((site) => `${site}: { owns: ["${site}-*"] }`);
  return [
    { title: 'Let each site own the ids that start with its name', edits: [setBlock(document, item, pair, lines)] },
  ];
};
