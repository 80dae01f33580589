import { nodeAt } from '../../../schemas/tree/node.ts';
import { edit } from '../places.ts';
import type { FixMaker } from './fix.ts';

/** A retention that keeps a week of the newest and a month of days. */
export const keepsNothing: FixMaker = ({ file: { document }, finding: { item, data }, entry }) => {
  const node = entry && nodeAt(entry.value, data?.path ?? []);
  if (node === undefined) return [];
  const edits = [
    edit(
      document,
      item.start + node.start,
      item.start + node.start + item.parsed.text.slice(node.start, node.end).trimEnd().length,
      '{ last: 7, daily: 30 }',
    ),
  ];
  return [{ title: 'Keep the last 7, and one a day for 30 days', edits, preferred: true }];
};
