import { refuse } from './answer.ts';

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** What the device says of a text that is no RFC 3339 time (recordings 01 and 17; the position is that of the first wrong character). */
export function timestampError(text: string): string | undefined {
  if (TIMESTAMP.test(text) && !Number.isNaN(Date.parse(text))) return undefined;
  const digits = /^\d*/.exec(text)?.[0].length ?? 0;
  const expected = "expected a character in: '0' '1' '2' '3' '4' '5'\n                            '6' '7' '8' '9'";
  return `Failed to decode timestamp: ${expected} at position ${digits} to ${digits}.`;
}

/** Reads a time, or refuses with the device's message. */
export function readTimestamp(text: unknown): number {
  const error = timestampError(String(text));
  if (error !== undefined) refuse(400, error);
  return Date.parse(String(text));
}

/** A time as the device writes it: whole seconds, UTC. */
export const formatTime = (ms: number): string =>
  `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;
