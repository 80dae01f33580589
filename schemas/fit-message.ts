/** Characters that a terminal or an editor obeys, or does not show. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const EACH = new RegExp(UNSAFE, 'gu');
/** Longest message; a name of a manifest that stands in it may be as long as the manifest. */
const MOST = 400;

/** A message made fit to be shown: names in it may hold anything. */
export function fitMessage(message: string): string {
  if (message.length <= MOST && !UNSAFE.test(message)) return message;
  const cut = message.length > MOST ? `${message.slice(0, MOST - 1)}…` : message;
  return cut.replace(EACH, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}
