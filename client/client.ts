import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { Documents } from './documents/documents.ts';
import type { Engine } from './engine/connection.ts';
import type { Vault } from './secrets/vault.ts';
import type { Refresher } from './state/refresher.ts';
import type { ViewServices } from './views/services.ts';

/** What commands work with. */
export interface Client extends ViewServices {
  engine: Engine;
  log: LogOutputChannel;
  vault: Vault;
  documents: Documents;
  refresher: Refresher;
  /** Draws all views again from what is known. */
  redraw(): void;
  setRefreshPaused(paused: boolean): void;
  extension: Pick<ExtensionContext, 'extensionUri' | 'globalStorageUri' | 'extension'>;
}
