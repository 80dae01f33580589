import type { ManifestDocument } from '../../schemas/tree/document.ts';
import type { LiveFacts } from './live-facts.ts';

/** One manifest, open or only on disk. */
export interface ManifestFile {
  uri: string;
  document: ManifestDocument;
}

/** All that a feature may know besides the document it is asked about. */
export interface LanguageContext {
  facts: LiveFacts;
  /** All manifests of the workspace, the asked one included. */
  manifests(): Iterable<ManifestFile>;
  now(): Date;
  /** Names of the environment variables that are set here. */
  environment(): string[];
  /** Names of what lies in a folder beside a manifest; folders end with a slash. Empty when there is none. */
  listFolder(manifest: string, folder: string): Promise<string[]>;
  /** Where the pages of the diagnostics are, as a URI that ends with a slash. */
  documentation: string;
}
