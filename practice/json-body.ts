import { refuse } from './answer.ts';

/** Parses a body, or refuses with the device's message (recordings 01 and 04: position of the last byte when the text ends early). */
export function readJson(body: Buffer): unknown {
  const text = body.toString();
  try {
    return JSON.parse(text);
  } catch (error) {
    return refuse(400, `Invalid JSON: ${describe(text, error as Error)}`);
  }
}

function describe(text: string, error: Error): string {
  if (text.trim() === '') return 'Blank input data';
  const position = /position (\d+)/.exec(error.message)?.[1];
  const at = position === undefined ? text.length : Number(position);
  const ended = at >= text.length || /end of|Unterminated/.test(error.message);
  const upTo = ended ? text.length : at + 1;
  const before = text.slice(0, upTo);
  const line = before.split('\n').length;
  const column = upTo - (before.lastIndexOf('\n') + 1);
  const what = ended ? 'Unexpected end of input.' : `Invalid token '${text.slice(at)}'`;
  return `Line ${line}, bytes ${column - 1}-${column}:\n${what}`;
}
