import { edit } from '../places.ts';
import type { FixMaker } from './fix.ts';

/** A colon behind a name, spaces for a tab, quotes around a text. */
export const syntax: FixMaker = ({ file: { document }, finding: { item, start, end, data } }) => {
  const text = item.parsed.text;
  if (data?.detail === 'colon') {
    const lineEnd = text.indexOf('\n', start);
    const word = text.slice(start, Math.min(end, lineEnd < 0 ? text.length : lineEnd)).trimEnd();
    const at = item.start + start + word.length;
    return [{ title: 'Add a colon', edits: [edit(document, at, at, ':')], preferred: true }];
  }
  if (data?.detail === 'spaces') {
    const lineStart = text.lastIndexOf('\n', start) + 1;
    const blanks = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? '';
    const before = text.slice(0, lineStart).trimEnd().split('\n').at(-1) ?? '';
    const indent = /^ */.exec(before)?.[0] ?? '';
    const wanted = /:\s*(#.*)?$/.test(before) ? `${indent}  ` : indent;
    const edits = [edit(document, item.start + lineStart, item.start + lineStart + blanks.length, wanted)];
    return [{ title: 'Indent with spaces', edits, preferred: true }];
  }
  if (data?.detail === 'quote') {
    const stop = /[,\]}\r\n]|\s#|$/.exec(text.slice(start))?.index ?? 0;
    const value = text.slice(start, start + stop).trimEnd();
    const edits = [edit(document, item.start + start, item.start + start + value.length, JSON.stringify(value))];
    return [{ title: 'Put it in quotes', edits, preferred: true }];
  }
  return [];
};
