import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secrets } from '../../practice/playground/layout.ts';

const spellings = (secret: string): string[] => [
  secret,
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('hex'),
  encodeURIComponent(secret),
];

/** No secret of a playground, nor a wrong passphrase that was tried, stands in a text in any spelling. */
export function assertSecretFree(secrets: Secrets, text: string, what: string): void {
  for (const [name, secret] of Object.entries({ ...secrets, wrong: 'a-wrong-passphrase' })) {
    for (const spelling of spellings(secret)) assert.ok(!text.includes(spelling), `${name} stands in ${what}`);
  }
}

/** All files below a folder. */
export async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
