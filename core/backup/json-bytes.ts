/** Finding one's way in JSON byte by byte, so that what stands in it need not become strings. */

/** Where something stands in bytes, from its first to behind its last. */
export interface Span {
  start: number;
  end: number;
}

/** A member of an object: its name without the quotes, and its value with all that belongs to it. */
export interface Member {
  name: Span;
  value: Span;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const BLANKS = new Set([0x09, 0x0a, 0x0d, 0x20]);

const skipBlanks = (bytes: Uint8Array, at: number): number => {
  while (BLANKS.has(bytes[at] as number)) at++;
  return at;
};

function endOfString(bytes: Uint8Array, at: number): number | undefined {
  for (let i = at + 1; i < bytes.length; i++) {
    if (bytes[i] === BACKSLASH) i++;
    else if (bytes[i] === QUOTE) return i + 1;
  }
  return undefined;
}

/** Behind the value that begins at a place; of lists and objects only the brackets are counted. */
function endOfValue(bytes: Uint8Array, at: number): number | undefined {
  let depth = 0;
  for (let i = at; i < bytes.length; ) {
    const byte = bytes[i] as number;
    if (byte === QUOTE) {
      const end = endOfString(bytes, i);
      if (end === undefined || depth === 0) return end;
      i = end;
      continue;
    }
    if (depth === 0 && (byte === COMMA || byte === CLOSE || byte === CLOSE_LIST)) return i;
    if (byte === OPEN || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE || byte === CLOSE_LIST) {
      depth--;
      if (depth === 0) return i + 1;
    }
    i++;
  }
  return undefined;
}

/** The members of the object that begins at a place, in their order; undefined when none does. */
export function membersOf(bytes: Uint8Array, at = 0): Member[] | undefined {
  const members: Member[] = [];
  let i = skipBlanks(bytes, at);
  if (bytes[i] !== OPEN) return undefined;
  i = skipBlanks(bytes, i + 1);
  if (bytes[i] === CLOSE) return members;
  for (;;) {
    const endOfName = bytes[i] === QUOTE ? endOfString(bytes, i) : undefined;
    if (endOfName === undefined) return undefined;
    const colon = skipBlanks(bytes, endOfName);
    if (bytes[colon] !== COLON) return undefined;
    const start = skipBlanks(bytes, colon + 1);
    const end = endOfValue(bytes, start);
    if (end === undefined || end === start) return undefined;
    members.push({ name: { start: i + 1, end: endOfName - 1 }, value: { start, end } });
    i = skipBlanks(bytes, end);
    if (bytes[i] === CLOSE) return members;
    if (bytes[i] !== COMMA) return undefined;
    i = skipBlanks(bytes, i + 1);
  }
}
