import { edit } from '../places.ts';
import type { FixMaker } from './fix.ts';

/** Puts the text that was probably meant in place of what is marked; quotes stay. */
export const replace: FixMaker = ({ file: { document }, finding: { item, start, end, data } }) => {
  if (data?.replacement === undefined) return [];
  const quote = /^(["']).*\1$/s.exec(item.parsed.text.slice(start, end))?.[1] ?? '';
  const newText = `${quote}${data.replacement}${quote}`;
  const edits = [edit(document, item.start + start, item.start + end, newText)];
  return [{ title: `Change to ${data.replacement}`, edits, preferred: true }];
};
