import type { Scenario } from '../run.ts';
import { agent } from './agent.ts';
import { carrying } from './carrying.ts';
import { firstSteps } from './first-steps.ts';
import { looking } from './looking.ts';
import { ownDevices } from './own-devices.ts';
import { packaged } from './packaged.ts';
import { replicating } from './replicating.ts';
import { trouble } from './trouble.ts';
import { untrusted } from './untrusted.ts';

/** All of them, in the order of a first day. */
export const SCENARIOS: readonly Scenario[] = [
  firstSteps,
  packaged,
  ownDevices,
  looking,
  carrying,
  replicating,
  agent,
  trouble,
  untrusted,
];
