// First, so that it sees the dispatchers of before: the order of these imports matters.
import { restoreGlobalDispatchers } from './global-dispatcher.ts';

// Only here is undici imported.

import { buildConnector, Pool } from 'undici';

restoreGlobalDispatchers();

export { buildConnector, Pool };
