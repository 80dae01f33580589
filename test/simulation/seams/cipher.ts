/**
 * A cipher that costs little and has what the stories need of AES-GCM: other bytes under each nonce, and a tag that another
 * key, another path or another byte does not fit. It keeps nothing secret; the real one is tested on the real one's files.
 */
import { KeyObject } from 'node:crypto';

type Words = [number, number, number, number];

const START: Words = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0xdeadbeef];

/** Stirs bytes into four words. */
function stir(words: Words, bytes: Uint8Array): void {
  let [a, b, c, d] = words;
  for (let at = 0; at < bytes.length; at++) {
    a = Math.imul(a ^ (bytes[at] as number), 0x01000193);
    b = Math.imul(b + a, 0x85ebca6b) ^ (b >>> 13);
    c = (c ^ b) + ((a << 7) | (a >>> 25));
    d = Math.imul(d ^ c, 0xc2b2ae35);
  }
  words[0] = a ^ bytes.length;
  words[1] = b ^ (a >>> 15);
  words[2] = c ^ (b << 3);
  words[3] = d ^ (c >>> 7);
}

const bytesOf = (key: KeyObject | Uint8Array): Uint8Array => (key instanceof KeyObject ? key.export() : key);

const known = new WeakMap<object, Words>();

function wordsOf(key: KeyObject | Uint8Array): Words {
  const found = key instanceof KeyObject ? known.get(key) : undefined;
  if (found !== undefined) return [...found];
  const words: Words = [...START];
  stir(words, bytesOf(key));
  if (key instanceof KeyObject) known.set(key, [...words]);
  return words;
}

/** What both directions share. */
function begin(key: KeyObject | Uint8Array, nonce: Uint8Array) {
  const stream = wordsOf(key);
  stir(stream, nonce);
  const tag: Words = [...stream];
  let [x, y] = [stream[0] ^ stream[2], stream[1] ^ stream[3] || 1];
  return {
    tag,
    xor(bytes: Uint8Array): Buffer {
      const out = Buffer.allocUnsafe(bytes.length);
      for (let at = 0; at < bytes.length; at++) {
        x = Math.imul(x, 1664525) + 1013904223;
        y ^= x;
        y ^= y << 13;
        y ^= y >>> 17;
        y ^= y << 5;
        out[at] = (bytes[at] as number) ^ (y & 255);
      }
      return out;
    },
    tagBytes(): Buffer {
      const out = Buffer.alloc(16);
      for (const [i, word] of tag.entries()) out.writeInt32LE(word | 0, i * 4);
      return out;
    },
  };
}

export function createCipheriv(_name: string, key: KeyObject | Uint8Array, nonce: Uint8Array) {
  const state = begin(key, nonce);
  return {
    setAAD: (data: Uint8Array): void => stir(state.tag, data),
    update(bytes: Uint8Array): Buffer {
      const out = state.xor(bytes);
      stir(state.tag, out);
      return out;
    },
    final: (): Buffer => Buffer.alloc(0),
    getAuthTag: (): Buffer => state.tagBytes(),
  };
}

export function createDecipheriv(_name: string, key: KeyObject | Uint8Array, nonce: Uint8Array) {
  const state = begin(key, nonce);
  let wanted: Uint8Array = Buffer.alloc(0);
  return {
    setAAD: (data: Uint8Array): void => stir(state.tag, data),
    setAuthTag(tag: Uint8Array): void {
      wanted = tag;
    },
    update(bytes: Uint8Array): Buffer {
      stir(state.tag, bytes);
      return state.xor(bytes);
    },
    final(): Buffer {
      if (!state.tagBytes().equals(wanted)) throw new Error('the tag does not fit');
      return Buffer.alloc(0);
    },
  };
}

/** An HMAC that is remembered: a device checks the same passphrases again and again. */
const digests = new Map<string, Buffer>();

export function remembered(name: string, make: () => Buffer): Buffer {
  const found = digests.get(name);
  if (found !== undefined) return found;
  if (digests.size > 5_000) digests.clear();
  const made = make();
  digests.set(name, made);
  return made;
}
