import { randomBytes } from 'node:crypto';
import { whyNoId } from '../core/names.ts';
import { refuse } from './answer.ts';
import { namespaceOf } from './users.ts';

/** What the device says of a text that is no id (recordings 02 to 04 and 17). */
export function idError(text: string): string | undefined {
  if (whyNoId(text) === undefined) return undefined;
  if (text === '') return 'ID cannot be empty.';
  if (text.length > 128) return 'ID cannot be longer than 128 characters.';
  if (/^[_.-]/.test(text)) return 'ID cannot start with underscore, dash, or dot.';
  return 'ID may only contain alphanumeric characters, underscores, dashes, and dots.';
}

/** Refuses what is no id. */
export function checkId(text: string): string {
  const error = idError(text);
  return error === undefined ? text : refuse(400, error);
}

/** Refuses what is no user id: an id, or two with `~` between. */
export function checkUserId(text: string): string {
  const namespace = namespaceOf(text);
  if (text.includes('~')) checkId(namespace);
  checkId(text.includes('~') ? text.slice(namespace.length + 1) : text);
  return text;
}

/** An id that the device makes: 20 hexadecimal digits. */
export const freshId = (): string => randomBytes(10).toString('hex');
