import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import {
  type KnownItems,
  knownItems,
  type ManifestDocument,
  parseDocument,
  parseGradually,
} from '../../schemas/tree/document.ts';
import type { ManifestFile } from './context.ts';

/** The manifests that the editor has open, and those that lie in its folders. */
export interface Workspace {
  open(uri: string, version: number, text: string): void;
  change(uri: string, version: number, changes: TextDocumentContentChangeEvent[]): void;
  close(uri: string): void;
  isOpen(uri: string): boolean;
  openUris(): string[];
  /** The parsed text of now; undefined when it changed while it was parsed, or is no manifest we know. */
  parsed(uri: string): Promise<ManifestFile | undefined>;
  /** All manifests that are parsed. */
  manifests(): ManifestFile[];
  /** Finds the manifests in folders; tells how many. */
  addFolders(folders: string[]): Promise<number>;
  removeFolders(folders: string[]): void;
  /** Reads one from disk again, or forgets it when it is gone. */
  reload(uri: string): Promise<void>;
}

interface Open {
  text: TextDocument;
  document?: ManifestDocument;
  /** What is parsed now, for this version. */
  pending?: Promise<ManifestDocument | undefined>;
  known?: KnownItems;
}

/** A text up to this size is parsed at once. */
const SMALL = 100_000;
/** A manifest is never this large; another file with its ending may be. */
const LARGEST = 50_000_000;
const MOST_FOLDERS = 5_000;
const isManifest = (name: string) => /\.nethsm\.ya?ml$/.test(name);

export function createWorkspace(): Workspace {
  const opened = new Map<string, Open>();
  const onDisk = new Map<string, ManifestFile>();

  const reload = async (uri: string) => {
    try {
      const text = await readFile(fileURLToPath(uri), 'utf8');
      if (text.length > LARGEST) return;
      const document = await parseGradually(text, knownItems(onDisk.get(uri)?.document), () => false);
      if (document !== undefined) onDisk.set(uri, { uri, document });
    } catch {
      onDisk.delete(uri);
    }
  };

  const parse = async (open: Open): Promise<ManifestDocument | undefined> => {
    const { version } = open.text;
    const text = open.text.getText();
    open.known ??= knownItems(open.document);
    const document = await parseGradually(text, open.known, () => open.text.version !== version);
    if (open.text.version !== version || document === undefined) return undefined;
    open.document = document;
    delete open.known;
    return document;
  };

  return {
    open: (uri, version, text) => void opened.set(uri, { text: TextDocument.create(uri, 'yaml', version, text) }),
    change: (uri, version, changes) => {
      const open = opened.get(uri);
      if (open === undefined) return;
      open.text = TextDocument.update(open.text, changes, version);
      delete open.pending;
    },
    close: (uri) => void opened.delete(uri),
    isOpen: (uri) => opened.has(uri),
    openUris: () => [...opened.keys()],
    parsed: async (uri) => {
      const open = opened.get(uri);
      if (open === undefined) return onDisk.get(uri);
      const text = open.text.getText();
      if (open.document?.text !== text) {
        if (text.length <= SMALL) open.document = parseDocument(text, open.document);
        else {
          open.pending ??= parse(open);
          if ((await open.pending) === undefined) return undefined;
        }
      }
      return open.document && { uri, document: open.document };
    },
    manifests: () => {
      const files = new Map(onDisk);
      for (const [uri, { document }] of opened) if (document !== undefined) files.set(uri, { uri, document });
      return [...files.values()];
    },
    addFolders: async (folders) => {
      const found = (await Promise.all(folders.map(findManifests))).flat();
      for (const uri of found) await reload(uri);
      return found.length;
    },
    removeFolders: (folders) => {
      for (const uri of onDisk.keys()) if (folders.some((folder) => uri.startsWith(folder))) onDisk.delete(uri);
    },
    reload,
  };
}

/** All manifests below a folder; hidden folders and installed packages are left out. */
async function findManifests(folder: string): Promise<string[]> {
  if (!folder.startsWith('file:')) return [];
  const found: string[] = [];
  const queue = [fileURLToPath(folder)];
  for (let looked = 0; queue.length > 0 && looked < MOST_FOLDERS; looked++) {
    const path = queue.shift() as string;
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const inner = join(path, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') queue.push(inner);
      else if (entry.isFile() && isManifest(entry.name)) found.push(pathToFileURL(inner).href);
    }
  }
  return found;
}
