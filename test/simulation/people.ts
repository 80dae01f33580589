/** Who works in the namespace of these stories, besides the users of `test/support/sites.ts`. */
import type { Credential } from '../../core/device/node.ts';
import { parseNamespace } from '../../core/names.ts';
import { app, keeper as keeperOf, N_PASSPHRASE, REPLICATOR_PASSPHRASE } from '../support/sites.ts';

export const NAMESPACE = parseNamespace('payments');
export const keeper: Credential = keeperOf(NAMESPACE);
export const SECOND_KEEPER: Credential = { user: `${NAMESPACE}~vera`, passphrase: N_PASSPHRASE };
/** The engine's own N-Administrator. */
export const REPLICATOR: Credential = { user: `${NAMESPACE}~replicator`, passphrase: REPLICATOR_PASSPHRASE };
export const OPERATORS = ['app', 'batch'] as const;
export const operator = (name: string): Credential => ({ ...app(NAMESPACE), user: `${NAMESPACE}~${name}` });
