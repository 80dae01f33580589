import { type CheckedEntry, checkedEntry, deviceReferences } from './checked-entry.ts';
import type { Entry, ManifestView } from './entries.ts';
import { entriesOf } from './entries.ts';
import type { Finding } from './finding.ts';
import type { ManifestDocument, PlacedItem } from './tree/document.ts';
import type { TreeNode } from './tree/node.ts';
import { plainValue } from './tree/value.ts';
import { variablesOf } from './variables.ts';

/** One rule over a whole manifest. */
export type DocumentRule = (document: ManifestDocument, view: ManifestView) => Finding[];

/** An entry, computed once as long as its text and what its aliases stand for stay the same. */
export interface Computed {
  item: PlacedItem;
  checked: CheckedEntry;
  references: ReturnType<typeof deviceReferences>;
  variables: string[];
  /** Its value grows without measure: aliases of aliases. */
  tooBig: boolean;
}

type Kept = Omit<Computed, 'item'> & { imports: readonly (TreeNode | undefined)[]; value: TreeNode | undefined };

const kept = new WeakMap<object, Kept>();

/** What is known of an entry; the same object again when nothing about it changed. */
export function computedEntry(document: ManifestDocument, entry: Entry): Kept {
  const imports = importsOf(document, entry.item);
  const before = kept.get(entry.key);
  if (before !== undefined && sameNodes(before.imports, imports) && before.checked.section === entry.section)
    return before;
  const { value, tooBig } = plainValue(document, entry.item, entry.value);
  const checked = checkedEntry(entry, value);
  const references = deviceReferences(checked);
  const made = { checked, references, variables: variablesOf(checked), tooBig, imports, value: entry.value };
  kept.set(entry.key, made);
  return made;
}

const NONE: readonly TreeNode[] = [];

/** What the aliases of an item stand for now, those behind them included. */
function importsOf(document: ManifestDocument, item: PlacedItem): readonly (TreeNode | undefined)[] {
  if (item.parsed.aliases.length === 0) return NONE;
  const imports: (TreeNode | undefined)[] = [];
  const seen = new Set<unknown>();
  // A list in place of a call to itself: a chain of aliases may be as long as the manifest.
  const waiting = [item];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (seen.has(at.parsed)) continue;
    seen.add(at.parsed);
    for (const alias of at.parsed.aliases) {
      const target = document.resolve(at, alias);
      imports.push(target?.node);
      if (target !== undefined) waiting.push(target.item);
    }
  }
  return imports;
}

const sameNodes = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((node, index) => node === b[index]);

type Lists = Record<'all' | 'devices' | 'users', Computed[]>;

const lists = new WeakMap<ManifestView, Lists>();

/** The entries of a manifest with what is known of each: all, its devices, or those that use devices. */
export function checkedEntries(document: ManifestDocument, view: ManifestView, which: keyof Lists): Computed[] {
  let found = lists.get(view);
  if (found === undefined) {
    found = { all: [], devices: [], users: [] };
    for (const entry of entriesOf(view)) {
      const { checked, references, variables, tooBig } = computedEntry(document, entry);
      const computed = { item: entry.item, checked, references, variables, tooBig };
      found.all.push(computed);
      found[entry.section === 'devices' ? 'devices' : 'users'].push(computed);
    }
    lists.set(view, found);
  }
  return found[which];
}
