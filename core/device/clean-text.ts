/** Control characters, line and paragraph separators, and marks that turn the direction of text. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/**
 * Text of a device made fit for an error or a terminal: no control or direction characters, one line, at most
 * `limit` characters.
 */
export function cleanText(text: string, limit = 200): string {
  const clean = text
    .slice(0, limit * 4)
    .replace(UNSAFE, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  // A pair of surrogates that the cut parts is dropped with it.
  return clean.length > limit
    ? `${clean
        .slice(0, limit - 1)
        .replace(/\p{Cs}$/u, '')
        .trimEnd()}…`
    : clean;
}
