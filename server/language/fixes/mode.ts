import { findPair, nodeAt } from '../../../schemas/tree/node.ts';
import { edit } from '../places.ts';
import { addFields, removePair } from './change.ts';
import type { FixMaker } from './fix.ts';

/** Makes use of a schedule that has no effect, or takes it away. */
export const mode: FixMaker = ({ file: { document }, finding: { item, data }, entry }) => {
  const map = entry && nodeAt(entry.value, data?.path ?? []);
  const schedule = findPair(map, 'schedule');
  if (map?.kind !== 'map' || schedule === undefined) return [];
  const written = findPair(map, 'mode')?.value;
  const use = written
    ? edit(document, item.start + written.start, item.start + written.end, 'scheduled')
    : addFields(document, item, map, ['mode: scheduled']);
  return [
    { title: 'Run by this schedule', edits: [use], preferred: true },
    { title: 'Remove the schedule', edits: [removePair(document, item, map, schedule)] },
  ];
};
