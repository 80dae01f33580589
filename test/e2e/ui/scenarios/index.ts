import type { Scenario } from '../run.ts';
import { looking } from './looking.ts';

/** All of them, in the order of a first day. */
export const SCENARIOS: readonly Scenario[] = [looking];
