import { workspace } from 'vscode';

/** Milliseconds between two automatic refreshes; 0 when they are off. */
export const refreshInterval = (): number =>
  1000 * workspace.getConfiguration('nethsm-replication').get('refresh.interval', 60);
