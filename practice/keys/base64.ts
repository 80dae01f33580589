/** What the server says of a text that is no base64 (recordings 06 and 08). */
export function base64Error(text: string): string | undefined {
  if (text.length % 4 !== 0) return 'Wrong padding';
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? undefined : 'Malformed input';
}
