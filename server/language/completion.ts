import {
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  type MarkupContent,
} from 'vscode-languageserver';
import { nextRuns } from '../../schemas/cron.ts';
import { viewOf } from '../../schemas/entries.ts';
import type { JsonSchema } from '../../schemas/json-schema.ts';
import { shapeAt } from '../../schemas/shape.ts';
import { blocksFor } from './completion/blocks.ts';
import type { Choice, Place } from './completion/choice.ts';
import { fieldsFor } from './completion/fields.ts';
import { valuesFor } from './completion/values.ts';
import type { LanguageContext, ManifestFile } from './context.ts';
import { clockText, cronWords } from './cron-words.ts';
import { cursorAt } from './cursor.ts';
import { edit } from './places.ts';

/** What may be typed at an offset. */
export async function complete(
  file: ManifestFile,
  offset: number,
  context: LanguageContext,
  snippets: boolean,
): Promise<CompletionList> {
  const { document } = file;
  const cursor = cursorAt(document, offset);
  if (cursor === undefined) return { isIncomplete: false, items: [] };
  const view = viewOf(document);
  const shape = shapeAt(cursor.path) ?? {};
  const facts = context.facts.of(file.uri);
  const place: Place = { file, cursor, view, shape, context, ...(facts !== undefined && { facts }) };
  const { choices, isIncomplete = false } =
    cursor.kind === 'key' ? { choices: [...fieldsFor(place), ...blocksFor(place)] } : await valuesFor(place);
  const items = choices
    .filter((choice) => snippets || choice.snippet === undefined || choice.plain !== undefined)
    .map((choice, index) => itemOf(choice, index, place, snippets));
  return { isIncomplete, items };
}

function itemOf(choice: Choice, index: number, { file, cursor }: Place, snippets: boolean): CompletionItem {
  const { label, kind, detail, documentation, snippet, plain, data } = choice;
  const useSnippet = snippets && snippet !== undefined;
  const text = useSnippet ? snippet : (plain ?? label);
  const item: CompletionItem = {
    label,
    kind,
    sortText: String(index).padStart(5, '0'),
    filterText: choice.filter ?? label,
    textEdit: edit(file.document, cursor.start, cursor.end, text),
  };
  if (useSnippet) item.insertTextFormat = 2;
  if (text.includes('\n')) item.insertTextMode = 2;
  if (detail !== undefined) item.detail = detail;
  if (documentation !== undefined) item.documentation = documentation;
  if (data !== undefined) item.data = data;
  else if (kind === CompletionItemKind.Property) item.data = { path: [...cursor.path, label] };
  return item;
}

/** Adds to a chosen item what is costly or long: its description, or when a schedule fires next. */
export function resolveCompletion(item: CompletionItem, now: Date): CompletionItem {
  const data = item.data as { path?: PropertyKey[]; schedule?: string; zone?: string } | undefined;
  if (data?.schedule !== undefined) {
    const zone = data.zone ?? 'UTC';
    const runs = nextRuns(data.schedule, zone, now, 3).map((run) => `- ${clockText(run, zone)}`);
    return { ...item, documentation: markdown(`${cronWords(data.schedule) ?? ''}\n\n${runs.join('\n')}`) };
  }
  if (data?.path !== undefined) {
    const shape = shapeAt(data.path);
    if (shape !== undefined) return { ...item, documentation: markdown(describe(shape)) };
  }
  return item;
}

const markdown = (value: string): MarkupContent => ({ kind: 'markdown', value });

/** A field in words: what it is for, what it may be, what it is when absent, and an example. */
export function describe(shape: JsonSchema): string {
  const lines = [shape.description ?? ''];
  const meanings = shape.enumDescriptions as string[] | undefined;
  if (shape.enum !== undefined) {
    lines.push(shape.enum.map((value, index) => `- \`${String(value)}\`: ${meanings?.[index] ?? ''}`).join('\n'));
  }
  if (shape.default !== undefined) lines.push(`Default: \`${flowText(shape.default)}\``);
  if (shape.examples !== undefined)
    lines.push(`For example: ${shape.examples.map((one) => `\`${flowText(one)}\``).join(', ')}`);
  return lines.filter((line) => line !== '').join('\n\n');
}

function flowText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
