import type { Severity } from './codes.ts';
import { diagnose, severityOf } from './diagnose.ts';
import { type Entry, viewOf } from './entries.ts';
import type { Finding } from './finding.ts';
import { type Manifest, manifest as manifestSchema } from './manifest.ts';
import { type ManifestDocument, parseDocument } from './tree/document.ts';
import { positionAt } from './tree/lines.ts';
import { plainValue } from './tree/value.ts';

/** Something wrong in a manifest and where; lines and columns count from 1. */
export interface ManifestDiagnostic {
  file: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  severity: Severity;
  code: string;
  message: string;
}

/**
 * Reads a manifest. The manifest is there unless something in it is an error; the diagnostics are those that
 * the language server shows, but for what it learns from devices and from other manifests.
 */
export function readManifest(text: string, file: string): { manifest?: Manifest; diagnostics: ManifestDiagnostic[] } {
  const document = parseDocument(text);
  const diagnostics = diagnose(document).map((finding) => diagnosticOf(document, finding, file));
  if (diagnostics.some(({ severity }) => severity === 'error')) return { diagnostics };
  return { manifest: manifestSchema.parse(dataOf(document)), diagnostics };
}

/** A finding with its place in a file. */
export function diagnosticOf(document: ManifestDocument, finding: Finding, file: string): ManifestDiagnostic {
  const from = positionAt(document.lines, finding.item.start + finding.start);
  const to = positionAt(document.lines, finding.item.start + finding.end);
  return {
    file,
    line: from.line + 1,
    column: from.character + 1,
    endLine: to.line + 1,
    endColumn: to.character + 1,
    severity: severityOf(finding.code),
    code: finding.code,
    message: finding.message,
  };
}

/** The manifest as plain data, without the `x-` fields; not checked. */
export function dataOf(document: ManifestDocument): Record<string, unknown> {
  const view = viewOf(document);
  const version = view.fields.findLast(({ name }) => name === 'version');
  const entries = (list: Entry[]) =>
    Object.fromEntries(list.map(({ name, item, value }) => [name, plainValue(document, item, value).value]));
  const data: Record<string, unknown> = { devices: entries(view.devices), namespaces: entries(view.namespaces) };
  if (version !== undefined) data.version = plainValue(document, version.item, version.pair.value).value;
  if (view.root !== undefined) data.root = plainValue(document, view.root.item, view.root.value).value;
  return data;
}
