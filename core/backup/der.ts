/** Just enough DER to read private keys in PKCS#8, without a copy of any byte. */

export const INTEGER = 0x02;
export const OCTET_STRING = 0x04;
export const OBJECT_ID = 0x06;
export const SEQUENCE = 0x30;

/** One value in DER; `content` is a view of the bytes it was read from. */
export interface Der {
  tag: number;
  content: Buffer;
  end: number;
}

/** Reads the value at a place. Throws an Error without any content when there is none. */
export function readDer(bytes: Buffer, at: number): Der {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new Error('a private key that ends too early');
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + lengthBytes;
  if (lengthBytes > 4 || start > bytes.length) throw new Error('a private key that is no DER');
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  const end = start + length;
  if (end > bytes.length) throw new Error('a private key that ends too early');
  return { tag, content: bytes.subarray(start, end), end };
}

/** The values in a sequence. */
export function parts(sequence: Buffer): Der[] {
  const found: Der[] = [];
  for (let at = 0; at < sequence.length; ) {
    const part = readDer(sequence, at);
    found.push(part);
    at = part.end;
  }
  return found;
}

/** The content of a value of one kind. Throws an Error without any content for another. */
export function expect(part: Der | undefined, tag: number): Buffer {
  if (part?.tag !== tag) throw new Error('a private key that is no PKCS#8');
  return part.content;
}
