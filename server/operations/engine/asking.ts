import { AsyncLocalStorage } from 'node:async_hooks';
import { Problem } from '../../../core/problem.ts';
import type { ConfirmDeviceParams, SecretAnswer, SecretParams } from '../protocol.ts';

/** What is being done, for whoever must be asked on the way. */
export interface Errand {
  /** Whether a person waits for it; in the background nobody is asked. */
  ask: boolean;
  /** Ends a sentence that begins with what is needed: `to back up payments`. */
  reason: string;
  signal?: AbortSignal;
}

const errands = new AsyncLocalStorage<Errand>();

/** Runs work as an errand: all that is asked on its way is asked for it. */
export const asErrand = <T>(errand: Errand, work: () => Promise<T>): Promise<T> => errands.run(errand, work);

/** The errand that is being run. */
export const errand = (): Errand => errands.getStore() ?? { ask: false, reason: '' };

/** The person at the editor. */
export interface Person {
  secret(params: SecretParams): Promise<SecretAnswer | null>;
  confirm(params: ConfirmDeviceParams): Promise<boolean>;
}

/** Questions go one after the other: two boxes at once would hide each other. */
export function inTurn(person: Person): Person {
  let turn: Promise<unknown> = Promise.resolve();
  const queue = <T>(ask: () => Promise<T>): Promise<T> => {
    const answer = turn.then(ask);
    turn = answer.catch(() => {});
    return answer;
  };
  return {
    secret: (params) => queue(() => person.secret(params)),
    confirm: (params) => queue(() => person.confirm(params)),
  };
}

/** Of a secret or a confirmation that nobody was there to give. */
export const nobodyAsked = (kind: 'unauthorised' | 'untrusted', place: string, cause: string): Problem =>
  new Problem({ kind, place, cause, remedy: 'Connect to it from its menu in the Devices view' });
