import type { Route } from '../route.ts';
import { CONFIG } from './config.ts';
import { HEALTH } from './health.ts';
import { KEY_PARTS } from './key-parts.ts';
import { KEY_PUBLIC } from './key-public.ts';
import { KEYS } from './keys.ts';
import { LIFE } from './life.ts';
import { NAMESPACES } from './namespaces.ts';
import { SYSTEM } from './system.ts';
import { TLS } from './tls.ts';
import { USE } from './use.ts';
import { USERS } from './users.ts';

/** Every resource of the device; the first whose path fits answers. */
export const ROUTES: readonly Route[] = [
  ...HEALTH,
  ...LIFE,
  ...NAMESPACES,
  ...USERS,
  ...USE,
  ...KEYS,
  ...KEY_PUBLIC,
  ...KEY_PARTS,
  ...CONFIG,
  ...TLS,
  ...SYSTEM,
];
