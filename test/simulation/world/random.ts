import { createHash } from 'node:crypto';

/** Chance that repeats: the same seed gives the same numbers. */
export interface Random {
  /** From 0 up to, and without, 1. */
  float(): number;
  /** A whole number from 0 up to, and without, `limit`. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  bytes(count: number): Buffer;
  /** One of the names, by weight. */
  weighted<N extends string>(weights: Readonly<Record<N, number>>): N;
}

/** A stream of chance of its own for each seed and name (sfc32). */
export function createRandom(seed: number, name: string): Random {
  const start = createHash('sha256').update(`${seed}:${name}`).digest();
  let [a, b, c, count] = [start.readInt32LE(0), start.readInt32LE(4), start.readInt32LE(8), 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  const float = (): number => next() / 2 ** 32;
  const below = (limit: number): number => Math.floor(float() * limit);
  return {
    float,
    below,
    chance: (probability) => float() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[below(items.length)] as (typeof items)[number];
    },
    bytes: (size) => {
      const bytes = Buffer.alloc(Math.ceil(size / 4) * 4);
      for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(next(), at);
      return bytes.subarray(0, size);
    },
    weighted: (weights) => {
      const entries = Object.entries(weights) as [keyof typeof weights, number][];
      let left = float() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [name, weight] of entries) {
        left -= weight;
        if (left < 0) return name;
      }
      return (entries.at(-1) as (typeof entries)[number])[0];
    },
  };
}
