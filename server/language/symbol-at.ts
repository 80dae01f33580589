import { computedEntry } from '../../schemas/document-rule.ts';
import { type Entry, entriesOf, viewOf } from '../../schemas/entries.ts';
import type { ManifestDocument, PlacedItem } from '../../schemas/tree/document.ts';
import { pathAt } from './path-at.ts';
import { type Place, truePlace } from './places.ts';

/** A thing that has a name in a manifest: a device, a namespace, or an anchor. */
export type Named =
  | { kind: 'device'; name: string; place: Place }
  | { kind: 'namespace'; name: string; place: Place }
  | { kind: 'anchor'; name: string; place: Place };

/** What is named at an offset. */
export function namedAt(document: ManifestDocument, offset: number): Named | undefined {
  const anchor = anchorAt(document, offset);
  if (anchor !== undefined) return anchor;
  const at = pathAt(document, offset);
  if (at === undefined || at.node.kind !== 'scalar') return undefined;
  const place: Place = { item: at.item, span: at.node, plain: at.node.plain };
  const name = String(at.node.value);
  const [section] = at.path;
  if (at.onKey && at.path.length === 2 && section === 'devices') return { kind: 'device', name, place };
  if (at.onKey && at.path.length === 2 && section === 'namespaces') return { kind: 'namespace', name, place };
  const field = at.path.findLast((step) => typeof step === 'string' && step !== name) ?? '';
  const isReference =
    (!at.onKey && ['primary', 'replicas', 'primaries'].includes(String(field))) ||
    (at.onKey && at.path.at(-2) === 'primaries');
  return isReference ? { kind: 'device', name, place } : undefined;
}

function anchorAt(document: ManifestDocument, offset: number): Named | undefined {
  const item = document.items.findLast((one) => one.start <= offset);
  if (item === undefined) return undefined;
  const at = offset - item.start;
  const alias = item.parsed.aliases.find(({ start, end }) => start <= at && at <= end);
  if (alias !== undefined) return { kind: 'anchor', name: alias.name, place: { item, span: alias, plain: true } };
  const found = item.parsed.anchors.find(({ anchor }) => anchor.start <= at && at <= anchor.end);
  return found && { kind: 'anchor', name: found.anchor.name, place: { item, span: found.anchor, plain: true } };
}

/** The places where a device is declared and used, or an anchor is; the declaration first. */
export function placesOf(
  document: ManifestDocument,
  kind: Named['kind'],
  name: string,
): { declaration?: Place; uses: Place[] } {
  if (kind === 'anchor') return anchorPlaces(document, name);
  const view = viewOf(document);
  const list = kind === 'device' ? view.devices : view.namespaces;
  const declared = list.findLast((entry) => entry.name === name);
  const declaration = declared && keyPlace(declared);
  const found: { declaration?: Place; uses: Place[] } = { uses: kind === 'device' ? usesOf(document, name) : [] };
  if (declaration !== undefined) found.declaration = declaration;
  return found;
}

const keyPlace = (entry: Entry): Place => ({
  item: entry.item,
  span: entry.key,
  plain: 'plain' in entry.key && entry.key.plain === true,
});

/** Each place that names a device, once, however many entries share it by an alias. */
function usesOf(document: ManifestDocument, device: string): Place[] {
  const uses = new Map<string, Place>();
  for (const entry of entriesOf(viewOf(document))) {
    for (const reference of computedEntry(document, entry).references) {
      if (reference.device !== device) continue;
      const isKey = reference.path[0] === 'primaries' && typeof reference.path[1] === 'string';
      const place = truePlace(document, entry, reference.path, isKey);
      if (place !== undefined) uses.set(`${place.item.index} ${place.span.start}`, place);
    }
  }
  return [...uses.values()];
}

function anchorPlaces(document: ManifestDocument, name: string): { declaration?: Place; uses: Place[] } {
  const uses: Place[] = [];
  let declaration: Place | undefined;
  const place = (item: PlacedItem, span: Place['span']): Place => ({ item, span, plain: true });
  for (const item of document.items) {
    for (const { anchor } of item.parsed.anchors) if (anchor.name === name) declaration ??= place(item, anchor);
    for (const alias of item.parsed.aliases) if (alias.name === name) uses.push(place(item, alias));
  }
  return { uses, ...(declaration && { declaration }) };
}
