import type { MapNode, Pair, ScalarNode, SeqNode, TreeNode } from './node.ts';

/**
 * The tree of an item that is written in the plainest way, as nearly all are: names and values in block style,
 * values without quotes or in simple ones, lists and blocks in brackets on one line, comments. It is the tree that
 * the YAML parser gives, in a tenth of its time. Undefined for everything else: then the YAML parser is asked.
 */
export function quickTree(text: string): MapNode | undefined {
  const lines = linesOf(text);
  if (lines === undefined || lines.length === 0) return undefined;
  const reader: Reader = { text, lines, next: 0 };
  const root = block(reader, (lines[0] as Line).indent);
  return reader.next === lines.length ? root : undefined;
}

interface Line {
  indent: number;
  key: ScalarNode;
  /** What stands behind the colon; absent when that is nothing. */
  value: TreeNode | undefined;
  /** Behind the colon. */
  colon: number;
  /** Behind the line break. */
  end: number;
}

interface Reader {
  text: string;
  lines: Line[];
  next: number;
}

const NAME = /([A-Za-z0-9_][A-Za-z0-9_.-]*):(?=[ \r\n]|$)/y;
const COMMENT = /( +#[^\n\r]*| *)(\r?\n|$)/y;
/** Texts that YAML takes for nothing but text; a colon only before what can't end a name. */
const PLAIN =
  /[A-Za-z](?:[A-Za-z0-9_./+@=~-]|:(?=[A-Za-z0-9/]))*|\.\/[A-Za-z0-9_./-]*|\/[A-Za-z0-9_./-]+|[1-9][0-9]*[smhd](?![A-Za-z0-9])/y;
const NUMBER = /0|[1-9][0-9]{0,8}/y;
const WORD = /^(?:null|true|false)$/i;
const QUOTED = /"([^"\\\n\r]*)"|'([^'\n\r]*)'/y;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The lines with content, or undefined when one is not of the plain kind. */
function linesOf(text: string): Line[] | undefined {
  const lines: Line[] = [];
  let wasComment = false;
  for (let at = 0; at < text.length; ) {
    const start = at;
    while (text.charCodeAt(at) === 32) at++;
    const code = text.charCodeAt(at);
    if (at === text.length) break;
    if (code === 10 || code === 13 || code === 35) {
      const lineEnd = text.indexOf('\n', at);
      if (code === 13 && lineEnd !== at + 1) return undefined;
      if (code === 35) wasComment = true;
      at = lineEnd < 0 ? text.length : lineEnd + 1;
      continue;
    }
    const line = lineAt(text, start, at - start);
    if (line === undefined) return undefined;
    // Whether a comment belongs to the block above it or to the one below is the parser's to say.
    if (wasComment && line.indent < (lines.at(-1)?.indent ?? 0)) return undefined;
    wasComment = false;
    lines.push(line);
    at = line.end;
  }
  return wasComment ? undefined : lines;
}

function lineAt(text: string, start: number, indent: number): Line | undefined {
  const name = matchAt(NAME, text, start + indent);
  if (name === null) return undefined;
  const keyStart = start + indent;
  const keyEnd = keyStart + (name[1] as string).length;
  const key: ScalarNode = { kind: 'scalar', start: keyStart, end: keyEnd, value: name[1] as string, plain: true };
  let at = keyEnd + 1;
  while (text.charCodeAt(at) === 32) at++;
  const code = text.charCodeAt(at);
  const isEmpty = at >= text.length || code === 10 || code === 13 || code === 35;
  const value = isEmpty ? undefined : flow(text, at);
  if (!isEmpty && value === undefined) return undefined;
  const rest = matchAt(COMMENT, text, value?.end ?? keyEnd + 1);
  if (rest === null) return undefined;
  return { indent, key, value, colon: keyEnd + 1, end: (value?.end ?? keyEnd + 1) + rest[0].length };
}

/** A block of the lines that are indented by so much. */
function block(reader: Reader, indent: number): MapNode | undefined {
  const pairs: Pair[] = [];
  const start = (reader.lines[reader.next] as Line).key.start;
  let end = start;
  for (
    let line = reader.lines[reader.next];
    line !== undefined && line.indent >= indent;
    line = reader.lines[reader.next]
  ) {
    if (line.indent > indent) return undefined;
    reader.next++;
    const { key } = line;
    end = line.end;
    const below = reader.lines[reader.next];
    if (below !== undefined && below.indent > indent) {
      // A plain text that goes on in the next line, or a block below a value: not plain.
      if (line.value !== undefined) return undefined;
      const value = block(reader, below.indent);
      if (value === undefined) return undefined;
      end = value.end;
      pairs.push({ key, start: key.start, end: Math.max(key.end, value.end), value });
    } else if (line.value === undefined) {
      // Nothing behind the name: where it ends is the parser's to say, but for a head alone on its line.
      if (reader.lines.length > 1 || !/^(\r?\n)*$/.test(reader.text.slice(line.colon))) return undefined;
      end = line.colon;
      pairs.push({ key, start: key.start, end });
    } else pairs.push({ key, start: key.start, end: line.value.end, value: line.value });
  }
  return { kind: 'map', start, end, flow: false, pairs };
}

/** A value on one line, with brackets or without. */
function flow(text: string, at: number): TreeNode | undefined {
  const char = text[at];
  if (char === '{') return flowMap(text, at);
  if (char === '[') return flowSeq(text, at);
  return scalar(text, at);
}

function scalar(text: string, at: number): ScalarNode | undefined {
  const quoted = matchAt(QUOTED, text, at);
  if (quoted !== null) {
    const value = quoted[1] ?? quoted[2] ?? '';
    return ends(text, { kind: 'scalar', start: at, end: at + quoted[0].length, value, plain: false });
  }
  const plain = matchAt(PLAIN, text, at);
  if (plain !== null && !WORD.test(plain[0])) {
    return ends(text, { kind: 'scalar', start: at, end: at + plain[0].length, value: plain[0], plain: true });
  }
  const number = matchAt(NUMBER, text, at);
  if (number === null) return undefined;
  return ends(text, { kind: 'scalar', start: at, end: at + number[0].length, value: Number(number[0]), plain: true });
}

/** Only blanks, a line's end or the end of a list may follow; anything else might belong to the text. */
function ends(text: string, node: ScalarNode): ScalarNode | undefined {
  return /^(?:\s*$| *[\r\n]| +#| *[,\]}])/.test(text.slice(node.end, node.end + 200)) ? node : undefined;
}

const skip = (text: string, at: number): number => {
  let to = at;
  while (text.charCodeAt(to) === 32) to++;
  return to;
};

function flowSeq(text: string, start: number): SeqNode | undefined {
  const items: TreeNode[] = [];
  let at = skip(text, start + 1);
  while (text[at] !== ']') {
    const item = flow(text, at);
    if (item === undefined) return undefined;
    items.push(item);
    const next = separator(text, item.end, ']');
    if (next === undefined) return undefined;
    at = next;
  }
  return { kind: 'seq', start, end: at + 1, flow: true, items };
}

function flowMap(text: string, start: number): MapNode | undefined {
  const pairs: Pair[] = [];
  let at = skip(text, start + 1);
  while (text[at] !== '}') {
    const name = matchAt(NAME, text, at);
    if (name === null || text[at + name[0].length] !== ' ') return undefined;
    const key: ScalarNode = {
      kind: 'scalar',
      start: at,
      end: at + name[0].length - 1,
      value: name[1] as string,
      plain: true,
    };
    const value = flow(text, skip(text, at + name[0].length));
    if (value === undefined) return undefined;
    pairs.push({ key, start: at, end: value.end, value });
    const next = separator(text, value.end, '}');
    if (next === undefined) return undefined;
    at = next;
  }
  return { kind: 'map', start, end: at + 1, flow: true, pairs };
}

/** Behind a comma, or at the bracket that closes. */
function separator(text: string, end: number, close: string): number | undefined {
  const at = skip(text, end);
  if (text[at] === close) return at;
  if (text[at] !== ',') return undefined;
  const next = skip(text, at + 1);
  return text[next] === close ? undefined : next;
}
