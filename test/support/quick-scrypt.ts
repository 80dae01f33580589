/**
 * Keys are derived from passphrases at a thousandth of the price in a process that imports this, before it derives any: for
 * tests that work with practice devices alone. Another passphrase or salt still gives another key. The real scrypt reads files
 * of real devices (`test/backup/samples.test.ts`, `test/practice/real-files.test.ts`) and an archive that was kept
 * (`test/transfer/archive-kept.test.ts`), and is what the program as a process works with (`test/cli/process.test.ts`).
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
