import { joined, takeApart } from '../backup/private-part.ts';
import { type SecretKey, unseal } from '../backup/sealing.ts';
import { keyJson } from '../device/keys.ts';
import { Problem } from '../problem.ts';

/**
 * Opens one sealed key and gives it, as the JSON of an import (`PUT /keys/{id}`), to `send`. The private part is in
 * plaintext in a few Buffers from here to the end of `send`, and never in a string; all of them are wiped before this
 * returns or throws, also the one that `send` got. The tags are in that JSON, so that the key is never there for everybody;
 * label and certificate are not. Throws a Problem `unreadable`, or what `send` throws.
 */
export async function importSealed(
  keyStoreKey: SecretKey,
  sealed: { path: string; value: Buffer; place: string },
  send: (json: Buffer) => Promise<void>,
): Promise<void> {
  const opened = unseal(keyStoreKey, sealed.value, sealed.path);
  if (opened === undefined) throw notOurs(sealed.place);
  const plain: Buffer[] = [opened];
  try {
    const { type, rest, privateJson } = takeApart(opened, sealed.place);
    plain.push(privateJson);
    const json = joined([openEnd({ type, mechanisms: rest.mechanisms, tags: rest.tags }), privateJson, CLOSE]);
    plain.push(json);
    await send(json);
  } finally {
    for (const bytes of plain) bytes.fill(0);
  }
}

const CLOSE = Buffer.from('}');

/** The JSON of a key up to where its private part belongs. */
const openEnd = (key: Parameters<typeof keyJson>[0]): Buffer =>
  Buffer.from(`${JSON.stringify(keyJson(key)).slice(0, -1)},"private":`);

const notOurs = (place: string): Problem =>
  new Problem({
    kind: 'unreadable',
    place,
    cause: 'it is sealed under another Domain Key, or was put under another path',
    remedy: 'The device cannot use it either: delete it there',
  });
