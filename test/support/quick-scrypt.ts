/**
 * Keys are derived from passphrases at a thousandth of the price in a process that imports this, before it derives any: for
 * tests that work with practice devices alone. Another passphrase or salt still gives another key. What comes from a real
 * device needs the real scrypt: `test/backup/`, `test/conformance/` and `test/practice/real-files.test.ts` keep it.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const { scrypt } = crypto;

Object.assign(crypto, {
  scrypt: (...[passphrase, salt, length, , done]: Parameters<typeof scrypt>) =>
    scrypt(passphrase, salt, length, { N: 16, r: 1, p: 1 }, done),
});
syncBuiltinESMExports();

/** Arguments of Node for a process that is to open what this one sealed. */
export const QUICKLY = ['--import', import.meta.filename];
