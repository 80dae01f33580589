import { isProblem, type Problem } from '../../../core/problem.ts';
import type { Known } from '../engine/cache.ts';
import type { Engine } from '../engine/engine.ts';
import type { SavedManifest } from '../engine/manifests.ts';
import type { Awaited, DeviceState } from '../protocol.ts';
import { addressesOf } from './addresses.ts';
import type { DeviceSeen } from './device.ts';

/** How a device stands for views. */
export interface Standing {
  state: DeviceState;
  problem?: Problem;
  awaits?: Awaited;
}

/** How a device stands by what was seen of it, and by what a person is asked for on its account. */
export function standingOf(engine: Engine, saved: SavedManifest, device: string, look: Known<DeviceSeen>): Standing {
  const { value, isAsking = false } = look;
  const state = value?.state ?? 'unknown';
  const problem = stillTrue(value?.problem ?? look.problem, isAsking);
  const origins = addressesOf(saved, device).map((url) => new URL(url).origin);
  const awaits = engine.person.awaited(saved.uri, origins);
  return {
    state: isAsking && (state === 'unknown' || state === 'untrusted') ? 'connecting' : state,
    ...(problem && { problem }),
    ...(awaits && { awaits }),
  };
}

/** While a person is asked for what was lacking, that it lacked is no news. */
export const stillTrue = (problem: Problem | undefined, isAsking: boolean): Problem | undefined =>
  isAsking && isProblem(problem, 'untrusted', 'unauthorised', 'cancelled') ? undefined : problem;
