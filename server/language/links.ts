import type { DocumentLink } from 'vscode-languageserver';
import type { ManifestDocument, PlacedItem } from '../../schemas/tree/document.ts';
import { keyText, nodesOf } from '../../schemas/tree/node.ts';
import { itemRange } from './places.ts';

const FILES = new Set(['ca', 'file', 'directory']);

/** Addresses and files that a manifest names; only what is written plainly, no variable is looked up. */
export function documentLinks(uri: string, document: ManifestDocument): DocumentLink[] {
  return document.items.flatMap((item) => itemLinks(uri, document, item));
}

function itemLinks(uri: string, document: ManifestDocument, item: PlacedItem): DocumentLink[] {
  const links: DocumentLink[] = [];
  for (const node of nodesOf(item.parsed.root)) {
    if (node.kind !== 'map') continue;
    for (const { key, value } of node.pairs.map((pair) => ({ key: keyText(pair), value: pair.value }))) {
      if (value?.kind !== 'scalar' || typeof value.value !== 'string' || value.value === '') continue;
      const target = FILES.has(key) ? fileTarget(uri, value.value) : key === 'url' ? webTarget(value.value) : undefined;
      if (target !== undefined) links.push({ range: itemRange(document, item, value), target });
    }
  }
  return links;
}

function fileTarget(uri: string, path: string): string | undefined {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return URL.canParse(encoded, uri) ? new URL(encoded, uri).href : undefined;
}

/** Never with credentials in it. */
function webTarget(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' ? url.href : undefined;
}
