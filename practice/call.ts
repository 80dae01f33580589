import type { IncomingMessage } from 'node:http';
import { refuse } from './answer.ts';
import { readJson } from './json-body.ts';
import type { PracticeNode } from './node.ts';
import type { Account } from './users.ts';

/** One request on its way through a resource. */
export interface Call {
  node: PracticeNode;
  request: IncomingMessage;
  /** Variable parts of the path, percent-decoded. */
  parameters: string[];
  query: URLSearchParams;
  address: string;
  /** Who asks; only where the resource wants to know. */
  account: Account | undefined;
  /** The content type of the resource, for conditional answers. */
  type: string;
}

const MAX_BODY = 8 * 1024 * 1024;

/** The account of a call whose route named roles. */
export function accountOf(call: Call): Account {
  return call.account ?? refuse(401);
}

/** The whole body, at most 8 MB. */
export async function readBody(call: Call): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of call.request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) refuse(413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Refuses a body of another content type. */
export function expectType(call: Call, type: string): void {
  const sent = call.request.headers['content-type']?.split(';', 1)[0]?.trim();
  if (sent !== undefined && sent !== type) refuse(415);
}

/** The JSON object in the body; refuses what is no JSON, and names the schema when it is no object. */
export async function readObject(call: Call, schema: string): Promise<Record<string, unknown>> {
  expectType(call, 'application/json');
  const value = readJson(await readBody(call));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuseSchema(schema);
  return value as Record<string, unknown>;
}

/** The device's message for a body that does not fit: `Json.<schema>.<field>`, or another text. */
export const refuseSchema = (what: string): never => refuse(400, `Invalid data for JSON schema: ${what}.`);

/** A text field of a body. */
export function textField(body: Record<string, unknown>, name: string, schema: string): string {
  const value = body[name];
  return typeof value === 'string' ? value : refuseSchema(`${schema}.${name}`);
}

/** Refuses fields that the schema does not know (recording 17). */
export function onlyFields(body: Record<string, unknown>, known: readonly string[], schema: string): void {
  if (Object.keys(body).some((name) => !known.includes(name))) refuseSchema(schema);
}
