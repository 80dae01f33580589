import { findPair, nodeAt } from '../../../schemas/tree/node.ts';
import { addFields } from './change.ts';
import type { FixMaker } from './fix.ts';

/** Says by which clock: UTC, or that of this machine. */
export const timeZone: FixMaker = ({ file: { document }, finding: { item, data }, entry }) => {
  const map = entry && nodeAt(entry.value, data?.path ?? []);
  if (map?.kind !== 'map') return [];
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const behind = findPair(map, 'schedule');
  return [...new Set(['UTC', here])].map((zone) => ({
    title: `By the clock of ${zone}`,
    edits: [addFields(document, item, map, [`timeZone: ${zone}`], behind)],
  }));
};
