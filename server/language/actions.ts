import { type CodeAction, CodeActionKind, type TextEdit } from 'vscode-languageserver';
import { viewOf } from '../../schemas/entries.ts';
import { deviceSecrets, deviceVariable } from '../../schemas/environment.ts';
import { itemAt, type PlacedItem } from '../../schemas/tree/document.ts';
import { findPair, keyText, nodeAt, type Pair } from '../../schemas/tree/node.ts';
import type { LanguageContext, ManifestFile } from './context.ts';
import { diagnosticOf, findingsOf } from './diagnostics.ts';
import { addFields, columnOf, entryAt } from './fixes/change.ts';
import { FIXES } from './fixes/index.ts';
import { pathAt } from './path-at.ts';
import { edit } from './places.ts';

/** What can be done about the text between two offsets: quick fixes, then refactorings; of the kinds asked for. */
export function codeActions(
  file: ManifestFile,
  from: number,
  to: number,
  context: LanguageContext,
  only?: readonly string[],
): CodeAction[] {
  const wanted = (kind: string) => only === undefined || only.some((one) => kind === one || kind.startsWith(`${one}.`));
  return [
    ...(wanted(CodeActionKind.QuickFix) ? quickFixes(file, from, to, context) : []),
    ...[
      ...onePrimaryToTwo(file, from),
      ...pinWhatIsShown(file, from, context),
      ...extractPassphrase(file, from),
      ...sortEntries(file, from),
    ].filter(({ kind }) => wanted(kind ?? '')),
  ];
}

function quickFixes(file: ManifestFile, from: number, to: number, context: LanguageContext): CodeAction[] {
  const view = viewOf(file.document);
  const facts = context.facts.of(file.uri);
  return findingsOf(file, context).flatMap((finding) => {
    const { item, start, end, code } = finding;
    if (item.start + end < from || item.start + start > to) return [];
    const entry = entryAt(view, item, start);
    const diagnostic = diagnosticOf(file, finding, context);
    return (FIXES[code]?.({ file, finding, entry, facts }) ?? []).map(
      ({ title, edits, preferred }): CodeAction => ({
        title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        edit: { changes: { [file.uri]: edits } },
        ...(preferred && { isPreferred: true }),
      }),
    );
  });
}

const refactoring = (file: ManifestFile, kind: string, title: string, edits: TextEdit[]): CodeAction => ({
  title,
  kind,
  edit: { changes: { [file.uri]: edits } },
});

/** From one primary with replicas to sites that both write, each with ids of its own. */
function onePrimaryToTwo(file: ManifestFile, offset: number): CodeAction[] {
  const { document } = file;
  const item = itemAt(document, offset);
  const entry = item && entryAt(viewOf(document), item, offset - item.start);
  const primary = findPair(entry?.value, 'primary');
  const replicas = findPair(entry?.value, 'replicas');
  if (item === undefined || entry?.value?.kind !== 'map' || entry.value.flow) return [];
  if (primary?.value?.kind !== 'scalar' || replicas?.value?.kind !== 'seq' || replicas.value.items.length !== 1)
    return [];
  const [other] = replicas.value.items;
  if (other?.kind !== 'scalar') return [];
  const indent = ' '.repeat(columnOf(item, primary.start));
  const sites = [primary.value.value, other.value].map(String);
  const lines = sites.map((site) => `${indent}  ${site}: { owns: ["${site}-*"] }`);
  const text = `primaries:\n${lines.join('\n')}`;
  const [first, second] = primary.start < replicas.start ? [primary, replicas] : [replicas, primary];
  const lineOf = item.parsed.text.lastIndexOf('\n', second.start - 1) + 1;
  const end = second.value?.end ?? second.end;
  const after = item.parsed.text.indexOf('\n', end - 1);
  const edits = [
    edit(document, item.start + first.start, item.start + (first.value?.end ?? first.end), text),
    edit(document, item.start + lineOf, item.start + (after < 0 ? item.parsed.text.length : after + 1), ''),
  ];
  return [refactoring(file, CodeActionKind.RefactorRewrite, 'Let both sites write', edits)];
}

/** Adds the key that a device shows now to those that are accepted. */
function pinWhatIsShown(file: ManifestFile, offset: number, context: LanguageContext): CodeAction[] {
  const { document } = file;
  const item = itemAt(document, offset);
  const entry = item && entryAt(viewOf(document), item, offset - item.start);
  if (item === undefined || entry?.section !== 'devices' || entry.value?.kind !== 'map') return [];
  const pin = context.facts.of(file.uri)?.device(entry.name)?.pin;
  const pins = nodeAt(entry.value, ['tls', 'pins']);
  if (pin === undefined || pins?.kind !== 'seq' || !pins.flow) return [];
  if (pins.items.some((one) => one.kind === 'scalar' && one.value === pin)) return [];
  const at = item.start + (pins.items.at(-1)?.end ?? pins.start + 1);
  const newText = `${pins.items.length > 0 ? ', ' : ''}"${pin}"`;
  const title = 'Accept the key that the device shows now too (compare it first)';
  return [refactoring(file, CodeActionKind.RefactorRewrite, title, [edit(document, at, at, newText)])];
}

/** Names the environment variable that a credential's passphrase comes from. */
function extractPassphrase(file: ManifestFile, offset: number): CodeAction[] {
  const at = pathAt(file.document, offset);
  const [section, name, block, credential] = at?.path ?? [];
  if (at === undefined || section !== 'devices' || block !== 'credentials') return [];
  const secret = deviceSecrets.find((one) => one === credential);
  const map = at.around.findLast(
    (node) => node.kind === 'map' && node.pairs.some((pair) => keyText(pair) === credential),
  );
  const inside = findPair(map, String(credential))?.value;
  if (secret === undefined || inside?.kind !== 'map') return [];
  if (secret.endsWith('Passphrase') || findPair(inside, 'passphrase') !== undefined) return [];
  const variable = deviceVariable(String(name), secret);
  const edits = [addFields(file.document, at.item, inside, [`passphrase: { env: ${variable} }`])];
  return [
    refactoring(file, CodeActionKind.RefactorExtract, `Name its source: the environment variable ${variable}`, edits),
  ];
}

/** Sorts the entries of the section by name; comments above an entry go with it. Entries that stay are not touched. */
function sortEntries(file: ManifestFile, offset: number): CodeAction[] {
  const { document } = file;
  const at = itemAt(document, offset);
  if (at?.isHead !== true) return [];
  const entries: PlacedItem[] = [];
  for (let index = at.index + 1; document.items[index]?.section !== undefined; index++)
    entries.push(document.items[index] as PlacedItem);
  if (entries.some(({ parsed }) => parsed.faults.length > 0 || parsed.aliases.length > 0 || parsed.anchors.length > 0))
    return [];
  const blocks = blocksOf(document.text, at, entries);
  const sorted = [...blocks].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  if (sorted.every((block, index) => block === blocks[index])) return [];
  const edits = blocks.flatMap((block, index) => {
    const other = sorted[index] as Block;
    return other === block ? [] : [edit(document, block.start, block.end, other.text)];
  });
  return [refactoring(file, 'source.sort', 'Sort the entries by name', edits)];
}

interface Block {
  name: string;
  start: number;
  end: number;
  text: string;
}

/** Each entry with the comments above it, up to its last line with content. */
function blocksOf(text: string, head: PlacedItem, entries: PlacedItem[]): Block[] {
  let before = head.start + contentEnd(head.parsed.text);
  return entries.map((entry) => {
    const start = text.slice(before, entry.start).search(/^[ \t]*#/m);
    const from = start < 0 ? entry.start : before + start;
    const to = entry.start + contentEnd(entry.parsed.text);
    before = to;
    return { name: keyText(entry.parsed.root.pairs[0] as Pair), start: from, end: to, text: text.slice(from, to) };
  });
}

/** Where the text of an item ends before the comments and blank lines that precede the next one. */
function contentEnd(text: string): number {
  return text.replace(/(\r?\n[ \t]*(#[^\n]*)?)+$/, '').length;
}
