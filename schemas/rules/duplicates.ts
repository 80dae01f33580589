import type { DocumentRule } from '../document-rule.ts';
import type { Finding, LocalFinding } from '../finding.ts';
import { place } from '../finding.ts';
import type { PlacedItem } from '../tree/document.ts';
import { keyText, nodesOf, type Span } from '../tree/node.ts';
import type { ParsedItem } from '../tree/parse-item.ts';

/** Keys that a block has twice: YAML forbids it, and the first would be lost silently. */
export const duplicates: DocumentRule = (document, view) => {
  const findings: Finding[] = [];
  for (const item of document.items) {
    for (const finding of insideOf(item.parsed)) findings.push(place(item, finding));
  }
  const lists = [
    view.fields.map(({ name, item, pair }) => ({ name, item, key: pair.key as Span })),
    view.devices,
    view.namespaces,
  ];
  for (const list of lists) {
    const seen = new Map<string, { item: PlacedItem; key: Span }>();
    for (const entry of list) {
      const before = seen.get(entry.name);
      seen.set(entry.name, entry);
      if (before === undefined || (before.item === entry.item && before.item.index === entry.item.index)) continue;
      const related = [{ item: before.item, start: before.key.start, end: before.key.end, message: 'The first' }];
      findings.push({ ...twice(entry.name, entry.key), item: entry.item, related });
    }
  }
  return findings;
};

const twice = (name: string, { start, end }: Span): LocalFinding => ({
  code: 'duplicate-key',
  start,
  end,
  message: `"${name}" is there already; only one can count`,
});

const known = new WeakMap<ParsedItem, LocalFinding[]>();

function insideOf(item: ParsedItem): LocalFinding[] {
  let findings = known.get(item);
  if (findings === undefined) {
    findings = search(item);
    known.set(item, findings);
  }
  return findings;
}

function search(item: ParsedItem): LocalFinding[] {
  const findings: LocalFinding[] = [];
  for (const node of nodesOf(item.root)) {
    if (node.kind !== 'map') continue;
    const seen = new Map<string, Span>();
    for (const pair of node.pairs) {
      const name = keyText(pair);
      const before = seen.get(name);
      if (before === undefined) seen.set(name, pair.key);
      else
        findings.push({
          ...twice(name, pair.key),
          related: [{ start: before.start, end: before.end, message: 'The first' }],
        });
    }
  }
  return findings;
}
