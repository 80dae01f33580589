import { type Range, ResponseError, type TextEdit, type WorkspaceEdit } from 'vscode-languageserver';
import { refusedId } from '../../schemas/check-schema.ts';
import { viewOf } from '../../schemas/entries.ts';
import type { LanguageContext, ManifestFile } from './context.ts';
import { itemRange, type Place } from './places.ts';
import { sharing } from './references.ts';
import { type Named, namedAt, placesOf } from './symbol-at.ts';

/** The request can't be done as asked; the protocol's code for it. */
const REQUEST_FAILED = -32803;

/** What would be renamed at an offset; undefined where nothing can be. A namespace's name is the devices', not ours. */
export function prepareRename(
  { document }: ManifestFile,
  offset: number,
): { range: Range; placeholder: string } | undefined {
  const named = namedAt(document, offset);
  if (named === undefined || named.kind === 'namespace') return undefined;
  return { range: itemRange(document, named.place.item, nameSpan(named, named.place)), placeholder: named.name };
}

/** Renames a device in all manifests that share it, or an anchor in this one. Throws a response error for a bad name. */
export function rename(
  file: ManifestFile,
  offset: number,
  newName: string,
  context: LanguageContext,
): WorkspaceEdit | undefined {
  const named = namedAt(file.document, offset);
  if (named === undefined || named.kind === 'namespace') return undefined;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(newName)) throw new ResponseError(REQUEST_FAILED, refusedId(newName));
  const changes: Record<string, TextEdit[]> = {};
  for (const { uri, document } of sharing(file, named.kind, named.name, context)) {
    if (named.kind === 'device' && viewOf(document).deviceNames.has(newName)) {
      throw new ResponseError(REQUEST_FAILED, `There is a device "${newName}" already`);
    }
    const { declaration, uses } = placesOf(document, named.kind, named.name);
    changes[uri] = [...(declaration ? [declaration] : []), ...uses].map((place) => ({
      range: itemRange(document, place.item, nameSpan(named, place)),
      newText: named.kind === 'anchor' ? newName : written(newName, place),
    }));
  }
  return { changes };
}

/** Without the `&` or `*` of an anchor. */
const nameSpan = (named: Named, { span }: Place) =>
  named.kind === 'anchor' ? { start: span.start + 1, end: span.end } : span;

/** Quotes where they were, and where YAML would read the name as something else than text. */
function written(name: string, { plain }: Place): string {
  return plain && !/^(true|false|null|[0-9].*)$/i.test(name) ? name : `"${name}"`;
}
