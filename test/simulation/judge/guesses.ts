import type { Answered, Asked } from '../network/call-node.ts';
import { violate } from '../world/world.ts';
import type { Ledger } from './ledger.ts';

/** A wrong passphrase is tried once: the same process must not send what one device refused to it again. */
export function judgeGuess({ guesses }: Ledger, who: string, device: string, asked: Asked, { status }: Answered): void {
  if (status !== 401) return;
  const key = `${who} ${device} ${asked.headers.authorization}`;
  const count = (guesses.get(key) ?? 0) + 1;
  guesses.set(key, count);
  // Each node has an address of its own, so each may be asked once.
  if (count > 2) violate('guess', `${who} sent a refused passphrase to ${device} again: ${asked.method} ${asked.path}`);
}
