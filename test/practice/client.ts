/** A plain client for a practice device. */

import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { multipart } from '../conformance/replay.ts';

export const ADMIN = 'admin:adminadminadmin';
export const KEEPER = 'ns1~keeper:keeperkeeper';
export const APP = 'ns1~app:appappappapp';
export const BACKUP = 'backup1:backupbackup';
export const METRICS = 'metrics1:metricsmetrics';

/** An answer, its body as text and bytes. */
export interface Reply {
  status: number;
  type: string | undefined;
  text: string;
  bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects by looking at it
  json: () => any;
}

/** Asks a node. Rejects when the connection breaks. */
export function ask(
  url: string,
  method: string,
  path: string,
  auth?: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body === undefined ? '' : JSON.stringify(body));
  const sent: Record<string, string> = { 'content-length': String(bytes.length), ...headers };
  if (body !== undefined && sent['content-type'] === undefined) sent['content-type'] = 'application/json';
  if (auth !== undefined) sent.authorization = `Basic ${Buffer.from(auth).toString('base64')}`;
  const make = url.startsWith('https') ? httpsRequest : httpRequest;
  const outgoing = make(url + path, { method, headers: sent, agent: false, rejectUnauthorized: false }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('error', reject);
    answer.on('end', () => {
      const all = Buffer.concat(chunks);
      const type = answer.headers['content-type'];
      resolve({
        status: answer.statusCode ?? 0,
        type,
        text: all.toString(),
        bytes: all,
        json: () => JSON.parse(all.toString()),
      });
    });
  });
  outgoing.on('error', reject);
  outgoing.end(bytes);
  return promise;
}

/** The body and headers of a restore request. */
export function restoreBody(file: Buffer, args: Record<string, string> = {}): { body: Buffer; type: string } {
  const body = multipart(
    [
      { name: 'arguments', type: 'application/json', text: JSON.stringify(args) },
      { name: 'backup_file', type: 'application/octet-stream', file: '' },
    ],
    file,
  );
  return { body, type: 'multipart/form-data; boundary=frontier' };
}

/** Sends a file to the restore endpoint. */
export function restore(
  url: string,
  file: Buffer,
  args: Record<string, string> = {},
  auth: string | undefined = ADMIN,
) {
  const { body, type } = restoreBody(file, args);
  return ask(url, 'POST', '/system/restore', auth, body, { 'content-type': type });
}

/** Opens a connection and sends the head and the first bytes of a restore request: what happens next is up to the test. */
export async function beginRestore(url: string, file: Buffer, bytes: number): Promise<Socket> {
  const { body, type } = restoreBody(file);
  const { port, pathname } = new URL(url);
  const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
  const head = [
    `POST ${pathname}/system/restore HTTP/1.1`,
    'host: 127.0.0.1',
    `authorization: Basic ${Buffer.from(ADMIN).toString('base64')}`,
    `content-type: ${type}`,
    `content-length: ${body.length}`,
    '',
    '',
  ].join('\r\n');
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  await new Promise<void>((resolve) => socket.write(head, () => resolve()));
  await new Promise<void>((resolve) => socket.write(body.subarray(0, bytes), () => resolve()));
  return socket;
}

/** Imports an Ed25519 key. */
export const importKey = (url: string, id: string, auth = KEEPER, seed = 1) =>
  ask(url, 'PUT', `/keys/${id}`, auth, {
    mechanisms: ['EdDSA_Signature'],
    type: 'Curve25519',
    private: { data: Buffer.alloc(32, seed).toString('base64') },
  });

/** The ids that a user sees. */
export const listIds = async (url: string, auth = KEEPER): Promise<string[]> =>
  (await ask(url, 'GET', '/keys', auth)).json().map(({ id }: { id: string }) => id);

/** A whole backup. */
export const takeBackup = async (url: string): Promise<Buffer> =>
  (await ask(url, 'POST', '/system/backup', BACKUP)).bytes;

export const kvWrite = async (url: string): Promise<number> =>
  Number((await ask(url, 'GET', '/metrics', METRICS)).json()['kv write']);

/** `waits` when a promise has not settled after so many milliseconds. */
export const settled = <T>(promise: Promise<T>, ms = 150): Promise<T | 'waits'> =>
  Promise.race([promise, new Promise<'waits'>((resolve) => setTimeout(resolve, ms, 'waits'))]);
