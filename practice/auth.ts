import type { IncomingMessage } from 'node:http';
import { Refusal, refuse } from './answer.ts';
import type { PracticeNode } from './node.ts';
import { type Account, knownUser, passphraseMatches } from './users.ts';

/** How long a failed log-in is punished, per user and address (FACTS, Limits). */
const PUNISHMENT_MS = 1000;

function ask(realm: string): never {
  throw new Refusal({ status: 401, type: null, headers: { 'www-authenticate': `Basic realm="${realm}"` } });
}

/** Refuses while an earlier failure under this name and address is punished. */
export function refuseIfPunished(node: PracticeNode, name: string, address: string): void {
  if ((node.punished.get(`${name}@${address}`) ?? 0) > node.machine.now()) refuse(429, 'Too many requests');
}

/** Punishes a failure. */
export function punish(node: PracticeNode, name: string, address: string): void {
  node.punished.set(`${name}@${address}`, node.machine.now() + PUNISHMENT_MS);
}

/** Who asks: reads and checks the Basic credentials, or refuses with 401 or 429. */
export function authenticate(node: PracticeNode, request: IncomingMessage): Account {
  const header = request.headers.authorization;
  if (header === undefined) return ask('NetHSM');
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(header) ?? [];
  const text = Buffer.from(encoded ?? '', 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) return ask('invalid authorization');
  const [id, passphrase] = [text.slice(0, colon), text.slice(colon + 1)];
  const address = request.socket.remoteAddress ?? '';
  refuseIfPunished(node, id, address);
  const account = knownUser(node, id);
  if (account === undefined || !passphraseMatches(account, passphrase)) {
    punish(node, id, address);
    return ask('invalid authorization');
  }
  return account;
}
