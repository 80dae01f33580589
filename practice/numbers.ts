/** Big numbers and bytes. */
export const toBig = (bytes: Uint8Array): bigint => BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);

/** Big-endian bytes of a non-negative number, padded to a size when one is given. */
export function toBuffer(value: bigint, size = 0): Buffer {
  const digits = value.toString(16);
  return Buffer.from(digits.padStart(Math.max(size * 2, digits.length + (digits.length % 2)), '0'), 'hex');
}

/** The remainder, never negative. */
export const modulo = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;

/** The inverse of a number modulo another (extended Euclid); 0 when there is none. */
export function inverse(value: bigint, by: bigint): bigint {
  let [a, b, x, y] = [modulo(value, by), by, 1n, 0n];
  while (a > 1n && b > 0n) {
    const quotient = a / b;
    [a, b] = [b, a % b];
    [x, y] = [y, x - quotient * y];
  }
  return a === 1n ? modulo(x, by) : 0n;
}
