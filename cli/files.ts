import { isAbsolute, relative } from 'node:path';

/** A path as people see it: from the working folder when it lies below it. */
export function shownPath(cwd: string, path: string): string {
  const way = relative(cwd, path);
  return way === '' || way.startsWith('..') || isAbsolute(way) ? path : way;
}
