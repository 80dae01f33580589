import { createPublicKey } from 'node:crypto';
import { type Answer, refuse } from '../answer.ts';
import type { Call } from '../call.ts';
import { makeRequest } from '../certificate.ts';
import { condition } from '../conditions.ts';
import { openMaterial } from '../keys/material.ts';
import { type LocalName, localPath } from '../layout.ts';
import { ADMINISTRATOR, OPERATIONAL, type Route } from '../route.ts';
import { etagOf } from '../sealed.ts';
import { readSubject } from './subject.ts';

const type = 'application/x-pem-file';
const who = { roles: ADMINISTRATOR, rootOnly: true };
const states = OPERATIONAL;

function stored(call: Call, name: LocalName, body: () => string): Answer {
  const etag = etagOf(call.node, localPath(call.node, name));
  const headers: Record<string, string> = etag === undefined ? {} : { etag };
  return condition(call, etag) ?? { status: 200, headers, body: body() };
}

const publicPem = (call: Call): Answer =>
  stored(call, 'private-key', () =>
    createPublicKey(call.node.tls.key).export({ type: 'spki', format: 'pem' }).toString(),
  );

const certificate = (call: Call): Answer => stored(call, 'certificate', () => call.node.tls.certificate);

async function request(call: Call): Promise<Answer> {
  return { status: 200, body: makeRequest(openMaterial({ PEM: call.node.tls.key }), await readSubject(call)) };
}

const clusterCa = (call: Call): Answer => {
  const ca = call.node.machine.store.get('/config/cluster-ca');
  return ca === undefined ? refuse(404, 'cluster CA is absent unless configured') : { status: 200, body: ca };
};

export const TLS: readonly Route[] = [
  { path: /^\/config\/tls\/public\.pem$/, type, states, methods: { GET: { ...who, run: publicPem } } },
  { path: /^\/config\/tls\/cert\.pem$/, type, states, methods: { GET: { ...who, run: certificate } } },
  { path: /^\/config\/tls\/csr\.pem$/, type, states, methods: { POST: { ...who, run: request } } },
  { path: /^\/config\/tls\/cluster-ca\.pem$/, type, states, methods: { GET: { ...who, run: clusterCa } } },
];
