/** How many texts are packed together. */
const CHUNK = 1024;

/**
 * Texts in the order in which they were added, in the memory of their characters and four bytes each. What a thousand
 * neighbours begin with alike is held once.
 */
export interface PackedTexts<T extends string = string> extends Iterable<T> {
  readonly length: number;
  /** Adds a text, all of it ASCII as every id is. */
  add(text: T): void;
  /** Throws a RangeError for a place where none is. */
  at(index: number): T;
}

/** Some texts, one behind the other. */
interface Chunk {
  /** What all of them begin with. */
  prefix: string;
  /** What each goes on with. */
  characters: Buffer;
  /** Where each begins, and where the last one ends. */
  starts: Uint32Array;
}

/** Makes an empty list. What is packed is never moved: the list grows without being copied. */
export function createPackedTexts<T extends string = string>(): PackedTexts<T> {
  const chunks: Chunk[] = [];
  /** The last ones, until there are enough to pack. */
  let loose: T[] = [];
  const list: PackedTexts<T> = {
    get length() {
      return chunks.length * CHUNK + loose.length;
    },
    add(text) {
      loose.push(text);
      if (loose.length < CHUNK) return;
      chunks.push(pack(loose));
      loose = [];
    },
    at(index) {
      if (index < 0 || index >= list.length) throw new RangeError(`no text at ${index}`);
      const chunk = chunks[Math.floor(index / CHUNK)];
      const place = index % CHUNK;
      if (chunk === undefined) return loose[place] as T;
      return `${chunk.prefix}${chunk.characters.toString('latin1', chunk.starts[place], chunk.starts[place + 1])}` as T;
    },
    *[Symbol.iterator]() {
      for (let i = 0; i < list.length; i++) yield list.at(i);
    },
  };
  return list;
}

function pack(texts: readonly string[]): Chunk {
  const prefix = texts.reduce(commonStart);
  const starts = new Uint32Array(texts.length + 1);
  texts.forEach((text, i) => {
    starts[i + 1] = (starts[i] as number) + text.length - prefix.length;
  });
  const rests = texts.map((text) => text.slice(prefix.length));
  return { prefix, characters: Buffer.from(rests.join(''), 'latin1'), starts };
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
