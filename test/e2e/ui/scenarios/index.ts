import type { Scenario } from '../run.ts';
import { carrying } from './carrying.ts';
import { firstSteps } from './first-steps.ts';
import { looking } from './looking.ts';

/** All of them, in the order of a first day. */
export const SCENARIOS: readonly Scenario[] = [firstSteps, looking, carrying];
