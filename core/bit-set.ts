/** A set of small whole numbers, a bit each. */
export interface BitSet {
  add(n: number): void;
  has(n: number): boolean;
  size(): number;
}

export function createBitSet(): BitSet {
  let bits = new Uint8Array(1024);
  let size = 0;
  const has = (n: number): boolean => ((bits[n >>> 3] ?? 0) & (1 << (n & 7))) !== 0;
  return {
    has,
    add(n) {
      if (has(n)) return;
      if (n >>> 3 >= bits.length) {
        const larger = new Uint8Array(2 * ((n >>> 3) + 1));
        larger.set(bits);
        bits = larger;
      }
      bits[n >>> 3] = (bits[n >>> 3] as number) | (1 << (n & 7));
      size += 1;
    },
    size: () => size,
  };
}
