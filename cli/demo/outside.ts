/** Asks a device as a person with curl would, without anything of the engine. */

const authorization = (user: string, passphrase: string): string =>
  `Basic ${Buffer.from(`${user}:${passphrase}`).toString('base64')}`;

/** Tries to make a signing key as the keeper of a namespace; gives the status. */
export async function makesKey(url: string, namespace: string, passphrase: string, id: string): Promise<number> {
  const { status } = await fetch(`${url}/keys/generate`, {
    method: 'POST',
    headers: { authorization: authorization(`${namespace}~keeper`, passphrase), 'content-type': 'application/json' },
    body: JSON.stringify({ id, type: 'EC_P256', mechanisms: ['ECDSA_Signature'] }),
  });
  return status;
}

/** The ids of a namespace's keys. */
export async function keysOf(url: string, namespace: string, passphrase: string): Promise<string[]> {
  const answer = await fetch(`${url}/keys`, {
    headers: { authorization: authorization(`${namespace}~replicator`, passphrase) },
  });
  return ((await answer.json()) as { id: string }[]).map(({ id }) => id);
}
