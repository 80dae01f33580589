import { entriesOf, viewOf } from './entries.ts';
import { parseDocument } from './tree/document.ts';
import { findPair, type Span, type TreeNode } from './tree/node.ts';

/** A change of a text: what stands from `start` to `end`, in UTF-16 units, becomes `text`. */
export interface TextChange extends Span {
  text: string;
}

/**
 * The smallest change that makes a device the primary of a namespace (root: the empty name), in the place of the one
 * that was: the two names change places. Undefined when the manifest says so already, or when the names stand where
 * they can't be exchanged without touching other namespaces (behind an alias or a merge key); a person must edit then.
 */
export function primaryEdit(text: string, namespace: string, device: string): TextChange[] | undefined {
  const document = parseDocument(text);
  const entry = [...entriesOf(viewOf(document))].findLast(
    ({ section, name }) => section !== 'devices' && name === namespace,
  );
  if (entry === undefined) return undefined;
  const primary = findPair(entry.value, 'primary')?.value;
  const replicas = findPair(entry.value, 'replicas')?.value;
  if (primary?.kind !== 'scalar' || primary.value === device || replicas?.kind !== 'seq') return undefined;
  const replica = replicas.items.find((item) => item.kind === 'scalar' && item.value === device);
  if (replica === undefined) return undefined;
  const written = ({ start, end }: TreeNode): string =>
    document.text.slice(entry.item.start + start, entry.item.start + end);
  const exchange = (at: TreeNode, other: TreeNode): TextChange => ({
    start: entry.item.start + at.start,
    end: entry.item.start + at.end,
    text: written(other),
  });
  return [exchange(primary, replica), exchange(replica, primary)].sort((a, b) => a.start - b.start);
}

/** A text with changes made that do not overlap. */
export function applyChanges(text: string, changes: readonly TextChange[]): string {
  return [...changes]
    .sort((a, b) => b.start - a.start)
    .reduce((done, { start, end, text: put }) => done.slice(0, start) + put + done.slice(end), text);
}
