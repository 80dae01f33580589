import { type DocumentHighlight, DocumentHighlightKind, type Location } from 'vscode-languageserver';
import { computedEntry } from '../../schemas/document-rule.ts';
import { viewOf } from '../../schemas/entries.ts';
import type { LanguageContext, ManifestFile } from './context.ts';
import { itemRange, locationOf } from './places.ts';
import { namedAt, placesOf } from './symbol-at.ts';

/** Where what is named at an offset is declared. */
export function definition({ uri, document }: ManifestFile, offset: number): Location | undefined {
  const named = namedAt(document, offset);
  const found = named && placesOf(document, named.kind, named.name).declaration;
  return found && locationOf(uri, document, found);
}

/** Where it is used, in all manifests that share it. */
export function references(
  file: ManifestFile,
  offset: number,
  withDeclaration: boolean,
  context: LanguageContext,
): Location[] {
  const named = namedAt(file.document, offset);
  if (named === undefined) return [];
  return sharing(file, named.kind, named.name, context).flatMap(({ uri, document }) => {
    const { declaration, uses } = placesOf(document, named.kind, named.name);
    const places = declaration !== undefined && withDeclaration ? [declaration, ...uses] : uses;
    return places.map((place) => locationOf(uri, document, place));
  });
}

/** The other places in this text that name the same. */
export function highlights({ document }: ManifestFile, offset: number): DocumentHighlight[] {
  const named = namedAt(document, offset);
  if (named === undefined) return [];
  const { declaration, uses } = placesOf(document, named.kind, named.name);
  return [
    ...(declaration
      ? [{ range: itemRange(document, declaration.item, declaration.span), kind: DocumentHighlightKind.Write }]
      : []),
    ...uses.map(({ item, span }) => ({ range: itemRange(document, item, span), kind: DocumentHighlightKind.Read })),
  ];
}

/** The manifests that mean the same by a name: for a device those where it has an address in common, else this one. */
export function sharing(file: ManifestFile, kind: string, name: string, context: LanguageContext): ManifestFile[] {
  if (kind !== 'device') return [file];
  const own = addresses(file, name);
  const others = [...context.manifests()].filter(
    (other) => other.uri !== file.uri && addresses(other, name).some((address) => own.includes(address)),
  );
  return [file, ...others];
}

/** The addresses of a device's nodes, without whatever else stands in them: credentials are not to be shown. */
export function addresses({ document }: ManifestFile, name: string): string[] {
  const entry = viewOf(document).devices.findLast((device) => device.name === name);
  const data = entry && (computedEntry(document, entry).checked.data as { url?: unknown; nodes?: unknown } | null);
  const nodes = Array.isArray(data?.nodes) ? data.nodes.map((node: { url?: unknown } | null) => node?.url) : [];
  return [data?.url, ...nodes].flatMap((written) => {
    if (typeof written !== 'string' || !URL.canParse(written)) return [];
    const url = new URL(written);
    return [`${url.protocol}//${url.host}${url.pathname}`.replace(/\/+$/, '')];
  });
}
