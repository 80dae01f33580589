import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isProblem } from '../../core/problem.ts';

/** The passphrase that goes out with every request under fuzzing, and that no message may hold. */
export const SECRET = 'never-to-be-told+/=';
export const CREDENTIAL = { user: 'admin', passphrase: SECRET };
export const BASIC = Buffer.from(`${CREDENTIAL.user}:${SECRET}`).toString('base64');

/** Text that a terminal obeys, that turns around, that has no character, or that sends our own secret back. */
export const hostileText = fc.oneof(
  fc.constantFrom('\u001b[2J', '\u0000', '\u202e', '\u2028', '\ud800', '\u0085', '\n'.repeat(50), 'x'.repeat(5000)),
  fc.constantFrom(`Authorization: Basic ${BASIC}`, `you said ${SECRET}`, 'Service not available', 'already exists'),
  fc.constantFrom('__proto__', 'constructor', '<!doctype html><h1>', '%s%d', '../../x'),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** A message is for a line or two of a terminal. */
const LONGEST = 1600;

/** What must hold of everything that is thrown: a Problem that names the place, fit for a terminal. */
export function assertFitToTell(error: unknown, place: string): void {
  assert.ok(isProblem(error), `no Problem: ${error instanceof Error ? error.stack : String(error)}`);
  assert.ok(error.place.includes(place), `the place is ${error.place}`);
  assert.ok(error.reason !== '' && error.remedy !== '', 'it says what and what to do');
  assert.ok(error.message.length <= LONGEST, `${error.message.length} characters: ${error.message.slice(0, 200)}`);
  assert.doesNotMatch(error.message, UNSAFE);
}

/** No secret of ours in an error, nor in what it came from. */
export function assertSecretFree(error: unknown): void {
  for (let at = error; at instanceof Error; at = at.cause) {
    for (const secret of [SECRET, BASIC])
      assert.ok(!`${at.message}${at.stack}`.includes(secret), 'it tells the secret');
  }
}
