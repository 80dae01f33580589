import { randomBytes } from 'node:crypto';
import { type Answer, json, refuse } from '../answer.ts';
import { accountOf, type Call, readObject, refuseSchema } from '../call.ts';
import { base64Error } from '../keys/base64.ts';
import { openMaterial } from '../keys/material.ts';
import { existingKey, pathOf, type StoredKey } from '../keys/stored.ts';
import { aes, checkMechanism, decryptMechanism, decryptMessage, signMechanism, signMessage } from '../keys/use.ts';
import { countUse } from '../metrics.ts';
import { OPERATIONAL, type Route } from '../route.ts';
import { mayUse } from './keys.ts';

interface Use {
  path: string;
  key: StoredKey;
  mode: string;
  message: Buffer;
  iv: Buffer | undefined;
}

/** Reads a request for use: the key exists, the tags allow, the body decodes, in this order. */
async function readUse(call: Call, field: 'message' | 'encrypted', schema: string): Promise<Use> {
  const path = pathOf(call);
  const key = existingKey(call, path);
  if (!mayUse(key, accountOf(call).tags)) refuse(403, 'tags restriction not met');
  const body = await readObject(call, schema);
  const bytes = (name: string): Buffer => {
    const text = body[name];
    if (typeof text !== 'string') return refuseSchema(`${schema}.${name}`);
    const error = base64Error(text);
    if (error !== undefined) refuse(400, `Couldn't decode data from base64: ${error}.`);
    return Buffer.from(text, 'base64');
  };
  if (typeof body.mode !== 'string') refuseSchema(`${schema}.mode`);
  return {
    path,
    key,
    mode: body.mode as string,
    message: bytes(field),
    iv: body.iv === undefined ? undefined : bytes('iv'),
  };
}

/** Counts a use in memory: it is written to the store once an hour (FACTS, The store). */
function count(call: Call, use: Use, kind: 'sign' | 'encrypt' | 'decrypt'): void {
  call.node.uses.set(use.path, (call.node.uses.get(use.path) ?? 0) + 1);
  countUse(call.node.metrics, kind);
}

async function sign(call: Call): Promise<Answer> {
  const use = await readUse(call, 'message', 'Json.sign_req');
  checkMechanism(use.key.mechanisms, signMechanism(use.mode), 'signing');
  const signature = signMessage(openMaterial(use.key.material), use.mode, use.message);
  count(call, use, 'sign');
  return json({ signature: signature.toString('base64') });
}

async function decrypt(call: Call): Promise<Answer> {
  const use = await readUse(call, 'encrypted', 'Json.decrypt_req');
  checkMechanism(use.key.mechanisms, decryptMechanism(use.mode), 'decryption');
  const decrypted = decryptMessage(openMaterial(use.key.material), use.mode, use.message, use.iv);
  count(call, use, 'decrypt');
  return json({ decrypted: decrypted.toString('base64') });
}

async function encrypt(call: Call): Promise<Answer> {
  const use = await readUse(call, 'message', 'Json.encrypt_req');
  checkMechanism(use.key.mechanisms, 'AES_Encryption_CBC', 'encryption');
  const { raw } = openMaterial(use.key.material);
  const iv = use.iv ?? randomBytes(16);
  const encrypted = aes(raw as Buffer, use.message, iv, 'encrypt');
  count(call, use, 'encrypt');
  return json({ encrypted: encrypted.toString('base64'), iv: iv.toString('base64') });
}

async function random(call: Call): Promise<Answer> {
  const { length } = await readObject(call, 'Json.random_req');
  if (typeof length !== 'number' || length < 1 || length > 1024) {
    return refuseSchema('length must be between 1 and 1024');
  }
  return json({ random: randomBytes(length).toString('base64') });
}

const operator = { roles: ['Operator'] as const };
const states = OPERATIONAL;

export const USE: readonly Route[] = [
  { path: /^\/random$/, states, methods: { POST: { ...operator, run: random } } },
  { path: /^\/keys\/([^/]+)\/sign$/, states, methods: { POST: { ...operator, run: sign } } },
  { path: /^\/keys\/([^/]+)\/decrypt$/, states, methods: { POST: { ...operator, run: decrypt } } },
  { path: /^\/keys\/([^/]+)\/encrypt$/, states, methods: { POST: { ...operator, run: encrypt } } },
];
