import { columns, shorten } from './text.ts';

/** One column of a table. */
export interface Column {
  title: string;
  /** `right` for figures. */
  align?: 'left' | 'right';
  /** Widest that the column may become; longer cells are shortened. */
  max?: number;
}

const GAP = '  ';

/**
 * Lays rows out under their titles. Widths come from the first call's rows, so that later batches of a long
 * table line up without all of it in memory. Cells are taken as they are: escape text of devices first.
 */
export function makeTable(shape: readonly Column[]): {
  head(rows: string[][]): string;
  lines(rows: string[][]): string[];
} {
  let widths: number[] | undefined;
  const measure = (rows: string[][]): number[] =>
    shape.map((column, i) => {
      const widest = rows.reduce((most, row) => Math.max(most, columns(row[i] ?? '')), columns(column.title));
      return Math.min(widest, column.max ?? Number.POSITIVE_INFINITY);
    });
  const line = (row: string[]): string => {
    const cells = shape.map((column, i) => {
      const width = (widths as number[])[i] as number;
      const text = column.max === undefined ? (row[i] ?? '') : shorten(row[i] ?? '', Math.max(width, 1));
      const space = ' '.repeat(Math.max(0, width - columns(text)));
      return column.align === 'right' ? space + text : text + space;
    });
    return cells.join(GAP).trimEnd();
  };
  return {
    head(rows) {
      widths ??= measure(rows);
      return line(shape.map((column) => column.title));
    },
    lines(rows) {
      widths ??= measure(rows);
      return rows.map(line);
    },
  };
}
