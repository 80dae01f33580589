import type { SelectionRange } from 'vscode-languageserver';
import type { ManifestDocument } from '../../schemas/tree/document.ts';
import { keyText } from '../../schemas/tree/node.ts';
import { pathAt } from './path-at.ts';
import { itemRange, rangeOf } from './places.ts';

/** From what stands at an offset outwards: value, field, block, entry, section, text. */
export function selectionRange(document: ManifestDocument, offset: number): SelectionRange {
  let selection: SelectionRange = { range: rangeOf(document, 0, document.text.length) };
  const grow = (range: SelectionRange['range']) => {
    if (JSON.stringify(range) !== JSON.stringify(selection.range)) selection = { range, parent: selection };
  };
  const at = pathAt(document, offset);
  if (at === undefined) return selection;
  const { item, around, node } = at;
  if (item.section !== undefined) {
    const head = document.items.findLast((one) => one.index < item.index && one.section === undefined);
    const next = document.items.find((one) => one.index > item.index && one.section === undefined);
    if (head !== undefined) grow(rangeOf(document, head.start, next?.start ?? document.text.length));
  }
  for (const outer of around) {
    grow(itemRange(document, item, outer));
    if (outer.kind !== 'map') continue;
    const name = at.path[around.indexOf(outer) + (item.section === undefined ? 0 : 1)];
    const pair = outer.pairs.find((one) => keyText(one) === name);
    if (pair !== undefined) grow(itemRange(document, item, { start: pair.start, end: pair.value?.end ?? pair.end }));
  }
  grow(itemRange(document, item, node));
  return selection;
}
