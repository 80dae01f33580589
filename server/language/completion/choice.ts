import type { CompletionItemKind, MarkupContent } from 'vscode-languageserver';
import type { ManifestView } from '../../../schemas/entries.ts';
import type { JsonSchema } from '../../../schemas/json-schema.ts';
import type { LanguageContext, ManifestFile } from '../context.ts';
import type { Cursor } from '../cursor.ts';
import type { ManifestFacts } from '../live-facts.ts';

/** One thing that may be typed. */
export interface Choice {
  label: string;
  kind: CompletionItemKind;
  detail?: string;
  documentation?: MarkupContent | string;
  /** With places to fill in. */
  snippet?: string;
  /** The text for editors without snippets, or where it is not the label. */
  plain?: string;
  /** What is typed to find it, where it is not the label. */
  filter?: string;
  /** What is wanted to say more of it later. */
  data?: unknown;
}

/** Where the choices are for, and what is known there. */
export interface Place {
  file: ManifestFile;
  cursor: Cursor;
  view: ManifestView;
  shape: JsonSchema;
  context: LanguageContext;
  facts?: ManifestFacts;
}
