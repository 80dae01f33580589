import type { ManifestDocument, PlacedItem } from './tree/document.ts';
import { keyText, type MapNode, type Pair, type Span, type TreeNode } from './tree/node.ts';
import { deref, members } from './tree/value.ts';

export type Section = 'devices' | 'namespaces' | 'root';

/** A device, a namespace or root, as it stands in the text. */
export interface Entry {
  section: Section;
  name: string;
  item: PlacedItem;
  key: Span;
  value: TreeNode | undefined;
}

/** What the manifest consists of, whether its sections were cut into items or not. */
export interface ManifestView {
  /** Top-level fields as they stand, `x-` ones and unknown ones too; a field that is there twice, twice. */
  fields: { name: string; item: PlacedItem; pair: Pair }[];
  devices: Entry[];
  namespaces: Entry[];
  root?: Entry;
  /** Names of devices, for look-up. */
  deviceNames: ReadonlySet<string>;
}

const views = new WeakMap<ManifestDocument, ManifestView>();

/** The entries of a document; computed once a version. */
export function viewOf(document: ManifestDocument): ManifestView {
  let view = views.get(document);
  if (view === undefined) {
    view = build(document);
    views.set(document, view);
  }
  return view;
}

function build(document: ManifestDocument): ManifestView {
  const fields: ManifestView['fields'] = [];
  const devices: Entry[] = [];
  const namespaces: Entry[] = [];
  let root: Entry | undefined;
  const add = (section: string, item: PlacedItem, map: MapNode) => {
    if (section !== 'devices' && section !== 'namespaces') return;
    const list = section === 'devices' ? devices : namespaces;
    const [only] = map.pairs;
    if (map.pairs.length === 1 && only !== undefined && keyText(only) !== '<<') {
      list.push({ section, name: keyText(only), item, key: only.key, value: only.value });
      return;
    }
    for (const member of members(document, item, map)) {
      list.push({ section, name: member.name, item: member.item, key: member.key, value: member.value });
    }
  };
  for (const item of document.items) {
    if (item.section !== undefined) {
      add(item.section, item, item.parsed.root);
      continue;
    }
    for (const pair of item.parsed.root.pairs) {
      const name = keyText(pair);
      fields.push({ name, item, pair });
      if (name === 'root') root = { section: 'root', name: '', item, key: pair.key, value: pair.value };
      const inside = deref(document, item, pair.value);
      if (inside?.node.kind === 'map') add(name, inside.item, inside.node);
    }
  }
  return {
    fields,
    devices,
    namespaces,
    deviceNames: new Set(devices.map((entry) => entry.name)),
    ...(root && { root }),
  };
}

/** All devices, namespaces and root of a document. */
export function* entriesOf(view: ManifestView): Generator<Entry> {
  yield* view.devices;
  yield* view.namespaces;
  if (view.root !== undefined) yield view.root;
}
