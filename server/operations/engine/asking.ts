import { AsyncLocalStorage } from 'node:async_hooks';
import { Problem } from '../../../core/problem.ts';
import type { Awaited, ConfirmDeviceParams, SecretAnswer, SecretParams } from '../protocol.ts';

/** What is being done, for whoever must be asked on the way. */
export interface Errand {
  /** Whether a person waits for it; in the background nobody is asked. */
  ask: boolean;
  /** Whether secrets that the editor keeps may be fetched all the same. */
  kept?: boolean;
  /** Names of the secrets that it used, which its end proves right. */
  used?: Set<string>;
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

/** The person, asked one thing after the other, and what for. */
export interface PersonInTurn extends Person {
  /** What is asked now, or waits to be, before anything can go to one of these addresses. */
  awaited(manifest: string, origins: readonly string[]): Awaited | undefined;
}

interface Question {
  what: Awaited;
  manifest: string;
  origins: readonly string[];
}

/** Questions go one after the other: two boxes at once would hide each other. Tells when one comes or is answered. */
export function inTurn(person: Person, onChange: (manifest: string) => void): PersonInTurn {
  const open = new Set<Question>();
  let turn: Promise<unknown> = Promise.resolve();
  const queue = <T>(question: Question, ask: () => Promise<T>): Promise<T> => {
    open.add(question);
    onChange(question.manifest);
    const answer = turn.then(ask).finally(() => {
      open.delete(question);
      onChange(question.manifest);
    });
    turn = answer.catch(() => {});
    return answer;
  };
  return {
    secret: (params) => {
      if (params.keptOnly) return person.secret(params);
      const origins = params.places.map(({ origin }) => origin);
      return queue({ what: 'passphrase', manifest: params.manifest, origins }, () => person.secret(params));
    },
    confirm: (params) => {
      const { manifest, origin } = params;
      return queue({ what: 'confirmation', manifest, origins: [origin] }, () => person.confirm(params));
    },
    awaited: (manifest, origins) =>
      [...open].find((one) => one.manifest === manifest && one.origins.some((origin) => origins.includes(origin)))
        ?.what,
  };
}

/** Of a secret or a confirmation that nobody was there to give. */
export const nobodyAsked = (kind: 'unauthorised' | 'untrusted', place: string, cause: string): Problem =>
  new Problem({ kind, place, cause, remedy: 'Connect to it from its menu in the Devices view' });
