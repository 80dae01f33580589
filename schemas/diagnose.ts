import type { ZodType } from 'zod';
import { checkSchema, refusedId } from './check-schema.ts';
import type { CheckedEntry, EntryRule } from './checked-entry.ts';
import { CODES, type Code, type Severity } from './codes.ts';
import { computedEntry, type DocumentRule } from './document-rule.ts';
import { type Entry, entriesOf, type ManifestView, viewOf } from './entries.ts';
import { type Finding, type LocalFinding, place } from './finding.ts';
import { fitMessage } from './fit-message.ts';
import { device, namespace, root } from './manifest.ts';
import { address } from './rules/address.ts';
import { duplicates } from './rules/duplicates.ts';
import { environmentCollision } from './rules/environment-collision.ts';
import { filter } from './rules/filter.ts';
import { keepsNothing } from './rules/keeps-nothing.ts';
import { maxLag } from './rules/max-lag.ts';
import { mode } from './rules/mode.ts';
import { oneUrlTwice } from './rules/one-url-twice.ts';
import { owns } from './rules/owns.ts';
import { primary } from './rules/primary.ts';
import { replicas } from './rules/replicas.ts';
import { schedule } from './rules/schedule.ts';
import { text } from './rules/text.ts';
import { topLevel } from './rules/top-level.ts';
import { trust } from './rules/trust.ts';
import { twoPrimaries } from './rules/two-primaries.ts';
import { unknownDevice } from './rules/unknown-device.ts';
import { unusedDevice } from './rules/unused-device.ts';
import { url } from './rules/url.ts';
import type { ManifestDocument } from './tree/document.ts';

const SCHEMAS: Record<Entry['section'], ZodType> = { devices: device, namespaces: namespace, root };
const ENTRY_RULES: EntryRule[] = [
  ...[address, url, trust, primary, replicas, mode, schedule, maxLag],
  ...[owns, filter, twoPrimaries, keepsNothing],
];
const DOCUMENT_RULES: DocumentRule[] = [
  ...[text, duplicates, topLevel],
  ...[unknownDevice, unusedDevice, oneUrlTwice, environmentCollision],
];

const known = new WeakMap<CheckedEntry, LocalFinding[]>();

/** What is wrong with one entry by itself. Computed once as long as it stays the same. */
export function entryFindings(document: ManifestDocument, entry: Entry): LocalFinding[] {
  const { checked, tooBig } = computedEntry(document, entry);
  let findings = known.get(checked);
  if (findings === undefined) {
    findings = checkEntry(entry, checked, tooBig);
    known.set(checked, findings);
  }
  return findings;
}

function checkEntry(entry: Entry, checked: CheckedEntry, tooBig: boolean): LocalFinding[] {
  const { key, value, name, section } = entry;
  const at = { start: key.start, end: key.end };
  if (tooBig)
    return [
      { code: 'unresolved-alias', ...at, message: 'The aliases in this entry go round, or grow without measure' },
    ];
  const findings: LocalFinding[] = [];
  if (section !== 'root' && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)) {
    findings.push({ code: 'refused-id', ...at, message: refusedId(name) });
  }
  const path = section === 'root' ? ['root'] : [section, name];
  findings.push(...checkSchema(SCHEMAS[section], { path, key, value, data: checked.data }));
  for (const rule of ENTRY_RULES) findings.push(...rule(checked));
  return findings;
}

/** All that can be said of a manifest by its text alone, in the order of the text. */
export function diagnose(document: ManifestDocument, view: ManifestView = viewOf(document)): Finding[] {
  const findings = DOCUMENT_RULES.flatMap((rule) => rule(document, view));
  for (const entry of entriesOf(view)) {
    const local = entryFindings(document, entry);
    for (const finding of local) findings.push(place(entry.item, finding));
  }
  const fit = findings.map((finding) => ({ ...finding, message: fitMessage(finding.message) }));
  return fit.sort((a, b) => a.item.start + a.start - b.item.start - b.start || a.code.localeCompare(b.code));
}

/** How grave a finding is. */
export const severityOf = (code: Code): Severity => CODES[code];
