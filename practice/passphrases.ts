import { refuse } from './answer.ts';
import { refuseSchema } from './call.ts';

/** A passphrase of a body, 10 to 200 characters; the device names it `<what>` in its refusal. */
export function readPassphrase(body: Record<string, unknown>, field: string, what: string, schema: string): string {
  const value = body[field];
  if (typeof value !== 'string') return refuseSchema(`${schema}.${field}`);
  if (value.length < 10 || value.length > 200) {
    refuse(400, `passphrase ${what} is not >= 10 and <= 200 characters`);
  }
  return value;
}
