import { edit } from '../places.ts';
import type { FixMaker } from './fix.ts';
import { replace } from './replace.ts';

/** Quotes around what YAML reads as a number or as true or false. */
export const quote: FixMaker = (fixing) => {
  const { file, finding } = fixing;
  if (finding.data?.detail !== 'quote') return replace(fixing);
  const { item, start, end } = finding;
  const newText = JSON.stringify(item.parsed.text.slice(start, end));
  const edits = [edit(file.document, item.start + start, item.start + end, newText)];
  return [{ title: 'Put it in quotes', edits, preferred: true }];
};
