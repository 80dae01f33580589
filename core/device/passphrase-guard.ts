import { createHmac, randomBytes } from 'node:crypto';
import { Problem } from '../problem.ts';

/** What an exchange said about the passphrase it carried. */
export type PassphraseVerdict = 'right' | 'wrong' | 'unknown';

/** Hashes are salted afresh in each process: no passphrase is kept in clear, and a dump gives no hash to look up. */
const salt = randomBytes(32);
/** By origin, user and passphrase: refused, right, or being tried by another exchange right now. */
const verdicts = new Map<string, 'right' | 'wrong' | Promise<void>>();

const prefix = (origin: string, user?: string): string => `${origin}\n${user === undefined ? '' : `${user}\n`}`;
const keyOf = (origin: string, user: string, passphrase: string): string =>
  prefix(origin, user) + createHmac('sha256', salt).update(passphrase).digest('hex');

/**
 * Lets an exchange use a passphrase: one that was refused is not sent again by this process, and the first use of a
 * passphrase goes alone, since the device punishes guesses (429, for everybody behind our address). Returns what to call
 * with the outcome. Throws `unauthorised` for a refused one, and the signal's reason.
 */
export async function admitPassphrase(
  use: { origin: string; user: string; passphrase: string; place: string },
  signal: AbortSignal,
): Promise<(verdict: PassphraseVerdict) => void> {
  const key = keyOf(use.origin, use.user, use.passphrase);
  for (;;) {
    signal.throwIfAborted();
    const verdict = verdicts.get(key);
    if (verdict === 'wrong') throw refused(use.user, use.place);
    if (verdict === 'right') return (outcome) => void (outcome === 'wrong' && verdicts.set(key, 'wrong'));
    if (verdict === undefined) return prove(key);
    await orAborted(verdict, signal);
  }
}

function prove(key: string): (verdict: PassphraseVerdict) => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  verdicts.set(key, promise);
  return (outcome) => {
    if (outcome === 'unknown') verdicts.delete(key);
    else verdicts.set(key, outcome);
    resolve();
  };
}

function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}

/**
 * Forgets what was refused, for a user or a whole device: after we created the user, changed its passphrase, or
 * restored something, the same passphrase may be right.
 */
export function forgetRefusals(origin: string, user?: string): void {
  for (const [key, verdict] of verdicts) {
    if (verdict === 'wrong' && key.startsWith(prefix(origin, user))) verdicts.delete(key);
  }
}

const refused = (user: string, place: string): Problem =>
  new Problem({
    kind: 'unauthorised',
    place,
    cause: `the device refused this passphrase of ${user} before; it was not sent again`,
    remedy: 'Correct the passphrase and start again: the device punishes every wrong try',
  });
