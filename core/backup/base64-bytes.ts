/**
 * Base64 from bytes to bytes. Node's own goes through strings, which nothing can wipe: a plaintext private key is never
 * made one.
 */

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PADDING = 0x3d;
const VALUES = new Int8Array(256).fill(-1);
ALPHABET.forEach((character, value) => {
  VALUES[character] = value;
});

/** Encodes into memory of its own, which the caller wipes. */
export function encodeBase64(bytes: Uint8Array): Buffer {
  const text = Buffer.alloc(4 * Math.ceil(bytes.length / 3), PADDING);
  const digit = (group: number, shift: number): number => ALPHABET[(group >> shift) & 0x3f] as number;
  for (let at = 0, to = 0; at < bytes.length; at += 3, to += 4) {
    const group = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text[to] = digit(group, 18);
    text[to + 1] = digit(group, 12);
    if (at + 1 < bytes.length) text[to + 2] = digit(group, 6);
    if (at + 2 < bytes.length) text[to + 3] = digit(group, 0);
  }
  return text;
}

/**
 * Decodes into memory of its own, which the caller wipes. Reads base64 as it stands in a JSON string: line breaks, escaped
 * or not, and an escaped slash are fine; undefined for anything else that is no base64.
 */
export function decodeBase64(text: Uint8Array): Buffer | undefined {
  const bytes = Buffer.alloc(Math.ceil(text.length / 4) * 3);
  let [length, group, digits, padding] = [0, 0, 0, 0];
  const refuse = (): undefined => {
    bytes.fill(0);
    return undefined;
  };
  for (let at = 0; at < text.length; at++) {
    let character = text[at] as number;
    if (character === BACKSLASH) {
      character = ESCAPED.get(text[++at]) ?? BACKSLASH;
    }
    if (BLANKS.has(character)) continue;
    if (character === PADDING) {
      padding += 1;
      continue;
    }
    const value = VALUES[character] as number;
    if (value < 0 || padding > 0) return refuse();
    group = (group << 6) | value;
    digits += 1;
    if (digits % 4 !== 0) continue;
    bytes.writeUIntBE(group, length, 3);
    [length, group] = [length + 3, 0];
  }
  const rest = digits % 4;
  if ((digits + padding) % 4 !== 0 || padding > 2) return refuse();
  if (rest >= 2) bytes[length++] = rest === 2 ? group >> 4 : group >> 10;
  if (rest === 3) bytes[length++] = (group >> 2) & 0xff;
  return bytes.subarray(0, length);
}

const BACKSLASH = 0x5c;
const BLANKS = new Set([0x0a, 0x0d, 0x20]);
/** `\n`, `\r` and `\/` by the character behind the backslash. */
const ESCAPED = new Map<number | undefined, number>([
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x2f, 0x2f],
]);
