/** Numbers and times for people. */
import { l10n } from 'vscode';

export const count = (n: number): string => n.toLocaleString('en');

/** `3 keys`, `1 key`. */
export const keys = (n: number): string => (n === 1 ? l10n.t('1 key') : l10n.t('{0} keys', count(n)));

const UNITS: readonly [ms: number, name: string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** A span of milliseconds in its largest unit: `4 min`. */
export function span(ms: number): string {
  const [size, name] = UNITS.find(([size]) => ms >= size) ?? [1_000, 's'];
  return `${Math.max(0, Math.floor(ms / size))} ${name}`;
}

/** `4 min ago`, or a date when that is long past. */
export function ago(at: number, now = Date.now()): string {
  const passed = now - at;
  if (passed < 5_000) return l10n.t('just now');
  return passed > 30 * 86_400_000 ? date(at) : l10n.t('{0} ago', span(passed));
}

/** `in 4 min`. */
export const ahead = (at: number, now = Date.now()): string =>
  at <= now ? l10n.t('now') : l10n.t('in {0}', span(at - now));

export const date = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** With the time of day, in the reader's own zone. */
export const moment = (at: number): string => new Date(at).toLocaleString();

/** `1.4 MB`. */
export function bytes(n: number): string {
  if (n < 1_000) return `${n} B`;
  return n < 1_000_000 ? `${(n / 1_000).toFixed(1)} kB` : `${(n / 1_000_000).toFixed(1)} MB`;
}
