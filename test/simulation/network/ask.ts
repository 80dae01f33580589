import type { Credential } from '../../../core/device/node.ts';
import type { PracticeNode } from '../../../practice/node.ts';
import { type Answered, callNode, type Writer } from './call-node.ts';

/** Asks a node as somebody beside the engine: on the device's own network, where nothing is cut. */
export type Ask = (
  method: string,
  path: string,
  as?: Credential,
  body?: Record<string, unknown> | Buffer,
  headers?: Record<string, string>,
  node?: number,
  kind?: Writer['kind'],
) => Promise<Answered>;

/** The {@link Ask} of a device. */
export const asker =
  (device: string, nodes: readonly PracticeNode[]): Ask =>
  (method, path, as, body, headers = {}, node = 0, kind = 'operator') => {
    const all = {
      ...(as && { authorization: `Basic ${Buffer.from(`${as.user}:${as.passphrase}`).toString('base64')}` }),
      ...(body !== undefined && {
        'content-type': Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json',
      }),
      ...headers,
    };
    const bytes =
      body === undefined ? Buffer.alloc(0) : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const who = `${as?.user ?? 'nobody'} at ${device}`;
    return callNode(
      nodes[node] as PracticeNode,
      { method, path: `/api/v1${path}`, headers: all, body: bytes },
      { who, kind },
    );
  };

/** The same, throwing unless the device took it. */
export async function must(ask: Ask, ...asked: Parameters<Ask>): Promise<Answered> {
  const answered = await ask(...asked);
  if (answered.status >= 200 && answered.status < 300) return answered;
  throw new Error(`${asked[0]} ${asked[1]} gave ${answered.status} ${answered.body}`);
}
