// biome-ignore-all lint/suspicious/noExplicitAny: answers of the protocol are looked at as they come
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDocument as parseYaml } from 'yaml';
import { diagnose } from '../../schemas/diagnose.ts';
import { viewOf } from '../../schemas/entries.ts';
import { dataOf, diagnosticOf } from '../../schemas/read.ts';
import { knownItems, type ManifestDocument, parseDocument, parseGradually } from '../../schemas/tree/document.ts';
import { codeActions } from '../../server/language/actions.ts';
import { complete } from '../../server/language/completion.ts';
import type { LanguageContext, ManifestFile } from '../../server/language/context.ts';
import { diagnosticsOf } from '../../server/language/diagnostics.ts';
import { createFactsStore } from '../../server/language/facts-store.ts';
import { foldingRanges } from '../../server/language/folding.ts';
import { format } from '../../server/language/format.ts';
import { hover } from '../../server/language/hover.ts';
import { inlayHints } from '../../server/language/inlay.ts';
import { codeLenses } from '../../server/language/lenses.ts';
import { documentLinks } from '../../server/language/links.ts';
import { definition, highlights, references } from '../../server/language/references.ts';
import { prepareRename, rename } from '../../server/language/rename.ts';
import { selectionRange } from '../../server/language/selection.ts';
import { documentSymbols, workspaceSymbols } from '../../server/language/symbols.ts';
import { semanticTokens } from '../../server/language/tokens.ts';
import { GOOD } from '../schemas/manifest-text.ts';
import fc from '../support/laws.ts';
import { applyEdits } from './client.ts';

const WITH_ANCHORS = `x-usual: &usual
  primary: oslo
  replicas: [bergen]
${GOOD.replace('  iot:', '  # by the usual rules\n  web: *usual\n  mail: { <<: *usual, users: none }\n  iot:')}`;

/** What people type, and what they never should. */
const FRAGMENTS = [
  ...[
    '\n',
    '  ',
    '\t',
    ':',
    ': ',
    '#',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ',',
    '- ',
    '|',
    '>',
    '&a ',
    '*a',
    '*usual',
    '<<: ',
  ],
  ...['---\n', '...\n', '%YAML 1.2\n', '\r\n', '\r', '\uFEFF', '😀', 'ø', '\u0000', '? ', '! ', '@', '`', '\\'],
  ...[
    'devices:\n',
    'namespaces:\n',
    'root:\n',
    'x-a:\n',
    '  oslo:\n',
    '    primary: oslo\n',
    'replicas',
    '\n\n  new:\n    ',
  ],
  ...['  a: { primary: oslo }\n', '  b:\n    replicas: [oslo,\n    bergen]\n', '    note: |\n      text\n'],
];

const editOf = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(12), fc.nat(300)),
  insert: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...FRAGMENTS) },
    fc.string({ maxLength: 6 }),
    fc.constant(''),
  ),
});
type Edit = { at: number; remove: number; insert: string };

function apply(text: string, { at, remove, insert }: Edit): { text: string; offset: number } {
  const offset = Math.floor(at * text.length);
  return { text: text.slice(0, offset) + insert + text.slice(offset + remove), offset: offset + insert.length };
}

const context: LanguageContext = {
  facts: createFactsStore().facts,
  manifests: () => [],
  now: () => new Date(0),
  environment: () => [],
  listFolder: async () => [],
  documentation: 'file:///',
};

/** All that can be seen of a parsed document. */
const seen = (document: ManifestDocument) => ({
  diagnostics: diagnose(document).map((finding) => diagnosticOf(document, finding, 'm')),
  symbols: documentSymbols(document),
  tokens: semanticTokens(document),
  data: dataOf(document),
  names: [...viewOf(document).deviceNames],
});

const start = fc.constantFrom(GOOD, WITH_ANCHORS, GOOD.replaceAll('\n', '\r\n'), 'version: 1\n', '');
const RUNS = { numRuns: Number(process.env.FC_RUNS ?? 150) };

describe('edits at random places', () => {
  test('what is taken over from before is what a fresh parse gives', () =>
    fc.assert(
      fc.asyncProperty(start, fc.array(editOf, { minLength: 1, maxLength: 8 }), async (base, edits) => {
        let text = base;
        let document = parseDocument(text);
        for (const edit of edits) {
          text = apply(text, edit).text;
          document = parseDocument(text, document);
          seen(document);
        }
        assert.deepEqual(seen(document), seen(parseDocument(text)));
        const gradual = await parseGradually(text, knownItems(document), () => false);
        assert.deepEqual(seen(gradual as ManifestDocument), seen(document));
      }),
      RUNS,
    ));

  test('no feature fails, whatever the text', () =>
    fc.assert(
      fc.asyncProperty(start, fc.array(editOf, { minLength: 1, maxLength: 8 }), async (base, edits) => {
        let text = base;
        let offset = 0;
        for (const edit of edits) ({ text, offset } = apply(text, edit));
        const file: ManifestFile = { uri: 'file:///m.nethsm.yaml', document: parseDocument(text) };
        for (const at of [offset, Math.floor(offset / 2), text.length]) {
          hover(file, at, context);
          await complete(file, at, context, true);
          definition(file, at);
          highlights(file, at);
          references(file, at, true, context);
          if (prepareRename(file, at)) assert.doesNotThrow(() => rename(file, at, 'another', context));
          selectionRange(file.document, at);
        }
        diagnosticsOf(file, context);
        foldingRanges(file.document);
        documentSymbols(file.document);
        workspaceSymbols([file], 'o');
        documentLinks(file.uri, file.document);
        inlayHints(file, 0, text.length, context);
        codeLenses(file);
        for (const { edit } of codeActions(file, 0, text.length, context))
          applyEdits(text, edit?.changes?.[file.uri] ?? []);
      }),
      RUNS,
    ));

  test('a text that YAML takes whole is taken in pieces too, with the same meaning', () =>
    fc.assert(
      fc.property(start, fc.array(editOf, { minLength: 1, maxLength: 3 }), (base, edits) => {
        let text = base;
        for (const edit of edits) text = apply(text, edit).text;
        // The parser knows no lone CR, which YAML does; and we read the first document only.
        const whole = parseYaml(text.replace(/\r(?!\n)/g, '\n'), {
          merge: true,
          logLevel: 'silent',
          prettyErrors: false,
        });
        const document = parseDocument(text);
        if (whole.errors.length > 0 || document.secondDocument !== undefined) return;
        let data: any;
        try {
          data = whole.toJS();
        } catch {
          return;
        }
        const faults = document.items.flatMap(({ parsed }) => parsed.faults);
        if (data === null || typeof data !== 'object' || Array.isArray(data) || faults.length > 0) return;
        const ours = dataOf(document);
        for (const section of ['devices', 'namespaces']) {
          const theirs = data[section];
          if (theirs === undefined || theirs === null || typeof theirs !== 'object' || Array.isArray(theirs)) continue;
          assert.deepEqual(ours[section], theirs, section);
        }
        if (data.root !== undefined) assert.deepEqual(ours.root, data.root);
      }),
      RUNS,
    ));

  test('formatting keeps the meaning, and once is enough', () =>
    fc.assert(
      fc.property(start, fc.array(editOf, { maxLength: 4 }), (base, edits) => {
        let text = base;
        for (const edit of edits) text = apply(text, edit).text;
        const document = parseDocument(text);
        if (document.items.some(({ parsed }) => parsed.faults.length > 0)) return;
        const after = applyEdits(text, format(document));
        const formatted = parseDocument(after);
        assert.deepEqual(dataOf(formatted), dataOf(document), after);
        assert.deepEqual(format(formatted), [], after);
      }),
      RUNS,
    ));
});
