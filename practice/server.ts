import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { handle } from './http.ts';
import type { PracticeNode } from './node.ts';
import { onClientError } from './restore-body.ts';

/** A node's open port. */
export interface Listener {
  /** `http://127.0.0.1:PORT`. */
  origin: string;
  /** Cuts every connection; the port stays open. */
  cutConnections: () => void;
  /** Answers new connections with the node's TLS identity of now. */
  renewIdentity: () => void;
  close: () => Promise<void>;
}

/** Opens a port on loopback for a node. */
export async function listen(node: PracticeNode, options: { port: number; tls: boolean }): Promise<Listener> {
  const identity = () => ({ key: node.tls.key, cert: node.tls.certificate });
  const server: Server | TlsServer = options.tls ? createTlsServer(identity()) : createServer();
  server.on('request', (request, response) => {
    handle(node, request, response).catch(() => response.destroy());
  });
  server.on('clientError', onClientError);
  // A restore may take as long as its body does.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    cutConnections: () => server.closeAllConnections(),
    renewIdentity: () => {
      if ('setSecureContext' in server) server.setSecureContext(identity());
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
