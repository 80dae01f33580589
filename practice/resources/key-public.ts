import { type Answer, refuse } from '../answer.ts';
import type { Call } from '../call.ts';
import { makeRequest } from '../certificate.ts';
import { condition } from '../conditions.ts';
import { openMaterial, publicKey } from '../keys/material.ts';
import { etagOfKey, existingKey, pathOf } from '../keys/stored.ts';
import { OPERATIONAL, type Route } from '../route.ts';
import { readSubject } from './subject.ts';

function publicPem(call: Call): Answer {
  const path = pathOf(call);
  const etag = etagOfKey(call, path);
  const early = condition(call, etag);
  if (early !== undefined) return early;
  const key = publicKey(openMaterial(existingKey(call, path).material));
  if (key === undefined) return refuse(400, 'No public key available');
  return { status: 200, headers: { etag }, body: key.export({ type: 'spki', format: 'pem' }) as string };
}

async function csr(call: Call): Promise<Answer> {
  const open = openMaterial(existingKey(call, pathOf(call)).material);
  const subject = await readSubject(call);
  if (open.type === 'Generic') refuse(400, 'Generic keys have no signing request');
  return { status: 200, body: makeRequest(open, subject) };
}

const reader = { roles: ['Administrator', 'Operator'] as const };
const states = OPERATIONAL;

/** The public half of a key. */
export const KEY_PUBLIC: readonly Route[] = [
  {
    path: /^\/keys\/([^/]+)\/public\.pem$/,
    type: 'application/x-pem-file',
    states,
    methods: { GET: { ...reader, run: publicPem } },
  },
  {
    path: /^\/keys\/([^/]+)\/csr\.pem$/,
    type: 'application/x-pem-file',
    states,
    methods: { POST: { ...reader, run: csr } },
  },
];
