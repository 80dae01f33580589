/**
 * JSON as the device stores it: bytes, not text. A salt or a certificate stands in a string byte for byte,
 * so every string here holds one byte a character (seen in real backups; control characters are escaped).
 */

/** Text as it stands in a stored string: its UTF-8 bytes, one a character. */
export const toBytes = (text: string): string => Buffer.from(text).toString('latin1');
/** The text of such a string. */
export const fromBytes = (bytes: string): string => Buffer.from(bytes, 'latin1').toString();

/** Writes a value whose strings hold one byte a character. */
export const encodeStored = (value: unknown): Buffer =>
  Buffer.from(JSON.stringify(value).replaceAll('\x7f', '\\u007f'), 'latin1');

/** Reads such a value. */
export const decodeStored = (data: Buffer): unknown => JSON.parse(data.toString('latin1'));
