/** Whether there is a text that fits both patterns: `*` stands for any text, `?` for one character. */
export function meet(a: string, b: string): boolean {
  const known = new Map<number, boolean>();
  const at = (i: number, j: number): boolean => {
    const place = i * (b.length + 1) + j;
    const before = known.get(place);
    if (before !== undefined) return before;
    known.set(place, false);
    const x = a[i];
    const y = b[j];
    let result: boolean;
    if (x === undefined && y === undefined) result = true;
    else if (x === '*') result = at(i + 1, j) || (y !== undefined && at(i, j + 1));
    else if (y === '*') result = at(i, j + 1) || (x !== undefined && at(i + 1, j));
    else result = x !== undefined && y !== undefined && (x === y || x === '?' || y === '?') && at(i + 1, j + 1);
    known.set(place, result);
    return result;
  };
  return at(0, 0);
}

/** Whether everything that fits the second pattern fits the first. May say no of a pair like `?*` and `*?`, never yes wrongly. */
export function covers(wide: string, narrow: string): boolean {
  const known = new Map<number, boolean>();
  const at = (i: number, j: number): boolean => {
    const place = i * (narrow.length + 1) + j;
    const before = known.get(place);
    if (before !== undefined) return before;
    known.set(place, false);
    const x = wide[i];
    const y = narrow[j];
    let result: boolean;
    if (x === '*') result = at(i + 1, j) || (y !== undefined && at(i, j + 1));
    else if (x === undefined || y === undefined) result = x === y;
    else result = (x === y || (x === '?' && y !== '*')) && at(i + 1, j + 1);
    known.set(place, result);
    return result;
  };
  return at(0, 0);
}

/** Whether a pattern can fit an id at all: none starts with `_`, `-` or `.`. */
export const canFit = (pattern: string): boolean => !/^[_.-]/.test(pattern);

/** Whether a text fits a pattern, in time that grows with the product of their lengths at worst. */
export function fits(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let i = 0;
  while (i < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at++;
      resume = i;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[i])) {
      at += 1;
      i += 1;
    } else if (star >= 0) {
      // The last star takes one character more; earlier ones need not be tried again.
      at = star + 1;
      i = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
