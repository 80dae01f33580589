import type { Credential } from '../../core/device/node.ts';
import { keeper, replicator } from '../../practice/playground/furnish.ts';
import { SHARED_NAMESPACE } from '../../practice/playground/layout.ts';
import type { CliPlayground } from './playground.ts';

/** Asks the devices of a playground as people there would, without the engine. */
export interface People {
  /** Has a device make a key; gives the status. */
  make(device: string, id: string, as?: Credential): Promise<number>;
  remove(device: string, id: string): Promise<number>;
  ask(device: string, method: string, path: string, as: Credential, body?: unknown): Promise<number>;
  keeper: Credential;
  replicator: Credential;
  /** From now on a device cuts every connection, until it is found again. */
  lose(device: string): void;
  /** It takes every question and answers none of them in time. */
  hang(device: string): void;
  find(device: string): void;
}

export function peopleOf({ places, devices, secrets }: CliPlayground): People {
  const at = (device: string): number => places.findIndex(({ name }) => name === device);
  const own = { keeper: keeper(SHARED_NAMESPACE, secrets), replicator: replicator(SHARED_NAMESPACE, secrets) };
  const ask: People['ask'] = async (device, method, path, { user, passphrase }, body) => {
    const { status } = await fetch(`${places[at(device)]?.nodes[0]?.url}${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${user}:${passphrase}`).toString('base64')}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return status;
  };
  return {
    ...own,
    ask,
    make: (device, id, as = own.keeper) =>
      ask(device, 'POST', '/keys/generate', as, { id, type: 'EC_P256', mechanisms: ['ECDSA_Signature'] }),
    remove: (device, id) => ask(device, 'DELETE', `/keys/${id}`, own.replicator),
    lose: (device) =>
      devices[at(device)]?.nodes.forEach((node) => void node.inject({ kind: 'cut-before', times: 1e9 })),
    hang: (device) =>
      devices[at(device)]?.nodes.forEach((node) => void node.inject({ kind: 'slow', ms: 21_000, times: 1e9 })),
    find: (device) => devices[at(device)]?.nodes.forEach((node) => void node.clearFaults()),
  };
}
