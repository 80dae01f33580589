import type { TextEdit } from 'vscode-languageserver';
import type { Entry } from '../../../schemas/entries.ts';
import type { Finding } from '../../../schemas/finding.ts';
import type { ManifestFile } from '../context.ts';
import type { ManifestFacts } from '../live-facts.ts';

/** A remedy that the editor can apply. */
export interface Fix {
  title: string;
  edits: TextEdit[];
  /** The one that is right nearly always. */
  preferred?: true;
}

/** What a fix is made from. */
export interface Fixing {
  file: ManifestFile;
  finding: Finding;
  /** The device, namespace or root that the finding is in. */
  entry: Entry | undefined;
  facts: ManifestFacts | undefined;
}

export type FixMaker = (fixing: Fixing) => Fix[];
