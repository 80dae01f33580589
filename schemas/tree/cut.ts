import { lineAt } from './lines.ts';

/** A piece of the text that is parsed by itself. */
export interface Cut {
  start: number;
  end: number;
  /** The top-level field whose entry this is; absent for a piece at the top level. */
  section?: string;
  /** A head (`devices:`) whose entries are pieces of their own and follow it. */
  isHead?: true;
}

export interface Cuts {
  pieces: Cut[];
  /** Where a second document starts (its `---`), which is not read. */
  secondDocument?: number;
}

/** A name and a colon; the name in group 1, what follows in group 2. */
const HEAD = /^("[^"\\]*"|'[^']*'|[A-Za-z0-9_<](?:[^:#]|(?<![ \t])#|:(?![ \t\r]|$))*?)[ \t]*:(?=[ \t\r]|$)(.*)$/;

interface Line {
  start: number;
  /** Without the line break. */
  end: number;
  indent: number;
}

/**
 * Cuts a manifest by its lines: a piece for each top-level field, and for each entry of a section such as
 * `devices`. An unclosed bracket or quote so spoils one entry, not the file, and after an edit only what
 * was edited is parsed again. A text that is no plain block mapping is one piece.
 */
export function cutText(text: string, starts: readonly number[]): Cuts {
  const pieces: Cut[] = [];
  const { first, body } = findBody(text, starts);
  if (first === undefined) return { pieces: [{ start: 0, end: body.end }], ...rest(body.second) };
  const whole = { pieces: [{ start: first.start, end: body.end }], ...rest(body.second) };
  if (first.indent > 0 || !/^["'A-Za-z0-9_<]/.test(text.slice(first.start, first.start + 1))) return whole;

  let top: Cut | undefined;
  let section: { name: string; indent?: number } | undefined;
  for (let index = lineAt(starts, first.start); index < starts.length; index++) {
    // Most lines are deep inside an entry.
    if (section?.indent !== undefined && isDeeper(text, starts[index] as number, section.indent)) continue;
    const line = lineOf(text, starts, index);
    if (line.start >= body.end) break;
    if (!isContent(text, line)) continue;
    if (continues(text, line)) {
      // A list or a bracket as the first thing below a head: nothing there is an entry.
      if (section?.indent === undefined) section = undefined;
      continue;
    }
    if (line.indent === 0) {
      top = { start: line.start, end: body.end };
      pieces.push(top);
      section = sectionOf(text, line);
    } else if (section !== undefined) {
      if (section.indent === undefined) {
        if (!HEAD.test(text.slice(line.start + line.indent, line.end))) {
          section = undefined;
          continue;
        }
        section.indent = line.indent;
        if (top !== undefined) top.isHead = true;
      }
      if (line.indent <= section.indent) pieces.push({ start: line.start, end: body.end, section: section.name });
    }
  }
  for (const [index, piece] of pieces.entries()) piece.end = pieces[index + 1]?.start ?? body.end;
  return { pieces, ...rest(body.second) };
}

const rest = (second: number | undefined) => (second === undefined ? {} : { secondDocument: second });

function lineOf(text: string, starts: readonly number[], index: number): Line {
  let start = starts[index] as number;
  if (start === 0 && text.charCodeAt(0) === 0xfeff) start = 1;
  let end = starts[index + 1] ?? text.length;
  while (end > start && (text.charCodeAt(end - 1) === 10 || text.charCodeAt(end - 1) === 13)) end--;
  let indent = 0;
  while (text.charCodeAt(start + indent) === 32) indent++;
  return { start, end, indent };
}

/** Whether a line is indented by more than so many spaces. */
function isDeeper(text: string, start: number, indent: number): boolean {
  for (let at = 0; at <= indent; at++) if (text.charCodeAt(start + at) !== 32) return false;
  return true;
}

/** Neither blank nor a comment. */
function isContent(text: string, line: Line): boolean {
  let at = line.start + line.indent;
  while (at < line.end && text.charCodeAt(at) === 9) at++;
  return at < line.end && text.charCodeAt(at) !== 35;
}

/** A line that belongs to what stands before it, however little it is indented: a closing bracket, a list item, a tab. */
function continues(text: string, line: Line): boolean {
  const at = line.start + line.indent;
  const char = text[at] as string;
  if (char === '}' || char === ']' || char === ',' || char === '\t') return true;
  return (char === '-' || char === ':') && (at + 1 >= line.end || /\s/.test(text[at + 1] as string));
}

function sectionOf(text: string, line: Line): { name: string } | undefined {
  const written = text.slice(line.start, line.end);
  // Without its colon it is half-typed; what stands below are entries all the same.
  const match = HEAD.exec(written) ?? /^([A-Za-z][\w.-]*)[ \t]*(#.*)?$/.exec(written);
  if (match === null || !/^\s*(#.*)?$/.test(match[2] ?? '')) return undefined;
  const name = (match[1] as string).replace(/^(["'])(.*)\1$/, '$2');
  return name === 'root' || name === 'version' ? undefined : { name };
}

interface Body {
  end: number;
  second?: number;
}

/** The first line with content, after byte order mark, comments, directives and `---`; and where the document ends. */
function findBody(text: string, starts: readonly number[]): { first?: Line; body: Body } {
  let opened = -1;
  for (let index = 0; index < starts.length; index++) {
    const line = lineOf(text, starts, index);
    if (isMark(text, line.start)) {
      if (opened >= 0) return { body: endAt(text, line.start) };
      opened = line.start;
      const behind = text.slice(line.start + 3, line.end).trim();
      if (behind === '' || behind.startsWith('#')) continue;
    } else if (!isContent(text, line) || text[line.start] === '%') continue;
    const end = nextMark(text, line.end);
    return { first: line, body: end === undefined ? { end: text.length } : endAt(text, end) };
  }
  return { body: { end: text.length } };
}

const isMark = (text: string, at: number): boolean => /^(---|\.\.\.)(\s|$)/.test(text.slice(at, at + 4));

/** The next line that ends a document. */
function nextMark(text: string, from: number): number | undefined {
  let nearest: number | undefined;
  for (const mark of ['\n---', '\n...', '\r---', '\r...']) {
    for (let at = text.indexOf(mark, from); at >= 0; at = text.indexOf(mark, at + 1)) {
      if (!isMark(text, at + 1)) continue;
      nearest = Math.min(nearest ?? at + 1, at + 1);
      break;
    }
  }
  return nearest;
}

function endAt(text: string, end: number): Body {
  const after = text.slice(end + 3).replace(/^(---|\.\.\.)?\s*$|^\s*#.*$/gm, '');
  return after.trim() === '' ? { end } : { end, second: end };
}
