import type { YAMLError } from 'yaml';
import type { Span } from './node.ts';

/** Text that is no good YAML, and where, relative to its item. */
export interface SyntaxFault extends Span {
  code: 'syntax';
  message: string;
  /** What a quick fix can insert. */
  fix?: 'colon' | 'spaces' | 'quote';
}

/** What we say in place of the parser's words; its own words when they are good enough. */
const SAYINGS: Partial<Record<string, string>> = {
  TAB_AS_INDENT: 'YAML is indented with spaces, this is a tab',
  MULTILINE_IMPLICIT_KEY: 'A name needs a colon after it',
  MISSING_CHAR: 'A name needs a colon after it',
  BLOCK_AS_IMPLICIT_KEY: 'Only one name and value fit on a line; put the next on a line of its own',
  UNEXPECTED_TOKEN: 'This does not belong here; look at the indentation and the brackets',
  BAD_SCALAR_START: 'A text that starts like this needs quotes',
  BAD_ALIAS: 'An alias needs a name: *name',
  TAG_RESOLVE_FAILED: 'Tags are not used in a manifest',
};

/**
 * The parser's errors as faults. One mistake often makes several errors: of those that only say that
 * something was unexpected, the first in an item counts, and none after another error.
 */
export function syntaxFaults(text: string, errors: readonly YAMLError[]): SyntaxFault[] {
  const faults: SyntaxFault[] = [];
  for (const error of errors) {
    if (error.code === 'UNEXPECTED_TOKEN' && faults.length > 0) continue;
    faults.push(faultOf(text, error));
  }
  return faults;
}

function faultOf(text: string, error: YAMLError): SyntaxFault {
  const [from, to] = error.pos;
  const start = Math.min(from, text.length);
  const lineEnd = text.indexOf('\n', start);
  const end = Math.max(start, Math.min(to, lineEnd < 0 ? text.length : lineEnd));
  const isQuote = error.code === 'MISSING_CHAR' && error.message.includes('quote');
  const isBracket = error.code === 'MISSING_CHAR' && !isQuote && !error.message.includes('map values');
  if (isQuote) return { code: 'syntax', start, end, message: 'The closing quote is missing' };
  if (isBracket || error.code === 'BAD_INDENT') return { code: 'syntax', start, end, message: error.message };
  const message = SAYINGS[error.code] ?? error.message;
  const fault: SyntaxFault = { code: 'syntax', start, end: trimmedEnd(text, start, end), message };
  if (message === SAYINGS.MISSING_CHAR) fault.fix = 'colon';
  if (error.code === 'TAB_AS_INDENT') fault.fix = 'spaces';
  if (error.code === 'BAD_SCALAR_START') fault.fix = 'quote';
  return fault;
}

function trimmedEnd(text: string, start: number, end: number): number {
  return start + Math.max(1, text.slice(start, end).trimEnd().length);
}
