import type { Code } from '../../../schemas/codes.ts';
import type { FixMaker } from './fix.ts';
import { keepsNothing } from './keeps-nothing.ts';
import { missing } from './missing.ts';
import { mode } from './mode.ts';
import { quote } from './quote.ts';
import { remove } from './remove.ts';
import { replace } from './replace.ts';
import { role } from './role.ts';
import { secret } from './secret.ts';
import { sharedIds } from './shared-ids.ts';
import { syntax } from './syntax.ts';
import { timeZone } from './time-zone.ts';
import { trust } from './trust.ts';
import { unknownDevice } from './unknown-device.ts';

const both =
  (...makers: FixMaker[]): FixMaker =>
  (fixing) =>
    makers.flatMap((make) => make(fixing));

/** Which fix belongs to which diagnostic. */
export const FIXES: Partial<Record<Code, FixMaker>> = {
  syntax,
  'unknown-field': both(replace, remove),
  'missing-field': missing,
  'wrong-type': quote,
  'wrong-value': replace,
  'plain-secret': secret,
  'url-or-nodes': both(missing, remove),
  'primary-or-primaries': both(missing, remove),
  'unknown-device': unknownDevice,
  'primary-among-replicas': remove,
  'replica-twice': remove,
  'no-replica': missing,
  'http-not-loopback': replace,
  'no-trust': trust,
  'no-time-zone': timeZone,
  'unknown-time-zone': replace,
  'schedule-without-mode': mode,
  'mode-without-schedule': missing,
  'max-lag-too-short': replace,
  'filter-overlap': remove,
  'pattern-never-matches': remove,
  'shared-ids': sharedIds,
  'deletions-with-two-primaries': replace,
  'keeps-nothing': keepsNothing,
  'import-without-need': replace,
  'role-differs': role,
};
