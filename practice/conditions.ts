import { type Answer, empty } from './answer.ts';
import type { Call } from './call.ts';

const named = (header: string, etag: string): boolean =>
  header.split(',').some((part) => part.trim() === etag || part.trim() === '*');

/**
 * Conditional requests (recordings 05 and 20): 412 when `If-Match` does not fit or `If-None-Match` does on a change,
 * 304 when it does on a read. `etag` is undefined for what does not exist.
 */
export function condition(call: Call, etag: string | undefined): Answer | undefined {
  const { 'if-match': match, 'if-none-match': noneMatch } = call.request.headers;
  if (match !== undefined && (etag === undefined || !named(match, etag))) return empty(412);
  if (noneMatch !== undefined && etag !== undefined && named(noneMatch, etag)) {
    return empty(call.request.method === 'GET' || call.request.method === 'HEAD' ? 304 : 412);
  }
  return undefined;
}
