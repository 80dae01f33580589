import { findPair } from '../../../schemas/tree/node.ts';
import { edit } from '../places.ts';
import type { FixMaker } from './fix.ts';
import { replace } from './replace.ts';

/** Writes what the record says; a replica that is the primary there changes places with ours. */
export const role: FixMaker = (fixing) => {
  const { file, finding, entry } = fixing;
  const { item, start, end, data } = finding;
  const [fix] = replace(fixing);
  const replicas = findPair(entry?.value, 'replicas')?.value;
  if (fix === undefined || data?.replacement === undefined) return [];
  const other =
    replicas?.kind === 'seq'
      ? replicas.items.find((one) => one.kind === 'scalar' && one.value === data.replacement)
      : undefined;
  const written = item.parsed.text.slice(start, end);
  const swap = other ? [edit(file.document, item.start + other.start, item.start + other.end, written)] : [];
  return [
    { ...fix, title: `Write what the record says: ${data.replacement} is the primary`, edits: [...fix.edits, ...swap] },
  ];
};
