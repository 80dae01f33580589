import { Problem } from '../problem.ts';

/** What a NetHSM asks of its own backup passphrase too. */
const LEAST = 10;

/** A passphrase under which an archive may be sealed. Throws a Problem `refused` for one that is too short. */
export function longEnough(passphrase: string, place: string): string {
  if (passphrase.length >= LEAST) return passphrase;
  throw new Problem({
    kind: 'refused',
    place,
    cause: `the passphrase of its archives has fewer than ${LEAST} characters`,
    remedy: 'Choose a longer one',
  });
}
