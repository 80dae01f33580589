import { hostname } from 'node:os';
import { join } from 'node:path';
import { stateFolder } from '../../../core/device/state-folder.ts';
import type { FactsStore } from '../../language/facts-store.ts';
import type { Changed, EngineOptions, Progress, SecretOutcome } from '../protocol.ts';
import { inTurn, type Person, type PersonInTurn } from './asking.ts';
import { type Cache, createCache } from './cache.ts';
import { createJournalWatch, type JournalWatch } from './journal-watch.ts';
import { createJournals, type Journals } from './journals.ts';
import { createManifests, type Manifests } from './manifests.ts';
import { createSecrets, type SecretStore } from './secrets.ts';
import { createSessions, type Sessions } from './sessions.ts';

/** What the engine needs of the editor. */
export interface Editor extends Person {
  changed(change: Changed): void;
  progress(progress: Progress): void;
  secretOutcome(outcome: SecretOutcome): void;
  /** All manifests of the workspace, by URI. */
  manifests(): Promise<string[]>;
}

/** All that requests and commands work with. */
export interface Engine {
  editor: Editor;
  /** Whom to ask through; it knows what is being asked. */
  person: PersonInTurn;
  options: EngineOptions;
  env: NodeJS.ProcessEnv;
  now(): number;
  manifests: Manifests;
  secrets: SecretStore;
  sessions: Sessions;
  cache: Cache;
  /** What the language features show. */
  facts: FactsStore;
  journals: Journals;
  watch: JournalWatch;
  /** Who we are in records and activities. */
  controller: string;
  /** Folder of known devices, journals and device backups. */
  stateFolder(): string;
  /** What is being done, by manifest and namespace: one thing at a time changes a namespace. */
  busy: Map<string, string>;
  close(): Promise<void>;
}

/** Makes the engine of one editor. Until it is told otherwise the workspace is not trusted. */
export function createEngine(editor: Editor, facts: FactsStore, env: NodeJS.ProcessEnv = process.env): Engine {
  const options: EngineOptions = { trusted: false };
  const person = inTurn(editor, (manifest) => editor.changed({ manifest, what: 'devices' }));
  const folder = () => options.stateFolder ?? stateFolder(env, process.platform);
  const trusted = () => options.trusted;
  const secrets = createSecrets({ person, tell: (outcome) => editor.secretOutcome(outcome), env, trusted });
  const sessions = createSessions({ person, secrets, stateFolder: folder, trusted });
  const journals = createJournals(folder);
  const watch = createJournalWatch(journals, Date.now, (manifest) => editor.changed({ manifest, what: 'activity' }));
  return {
    editor,
    person,
    options,
    env,
    now: Date.now,
    manifests: createManifests(),
    secrets,
    sessions,
    cache: createCache(Date.now),
    facts,
    journals,
    watch,
    controller: `editor@${hostname()
      .replace(/[^A-Za-z0-9._-]/g, '-')
      .slice(0, 50)}`,
    stateFolder: folder,
    busy: new Map(),
    async close() {
      watch.close();
      await sessions.close();
      journals.close();
    },
  };
}

/** Folder of the whole backups that are taken before the first change to a device. */
export const deviceBackupsFolder = (engine: Engine): string => join(engine.stateFolder(), 'device-backups');

/** Our own folder of sealed archives. */
export const archivesFolder = (engine: Engine): string => join(engine.stateFolder(), 'archives');
