import type { Problem } from '../../../core/problem.ts';
import type { ProblemData } from '../protocol.ts';
import { inEditorWords } from './editor-words.ts';

/** A problem as it goes to the editor. */
export const problemData = ({ kind, place, reason, remedy }: Problem): ProblemData => ({
  kind,
  place,
  cause: inEditorWords(reason),
  remedy: inEditorWords(remedy),
});
