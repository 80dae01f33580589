import type { Answer } from '../answer.ts';
import type { Call } from '../call.ts';
import { condition } from '../conditions.ts';
import { etagOfKey, pathOf } from './stored.ts';

/** Runs a change of an existing key behind its conditions; nothing is read of the body before. */
export function changing(
  run: (call: Call, path: string) => Answer | Promise<Answer>,
): (call: Call) => Answer | Promise<Answer> {
  return (call) => {
    const path = pathOf(call);
    return condition(call, etagOfKey(call, path)) ?? run(call, path);
  };
}
