import type { Context } from '../context.ts';
import type { Activity } from '../journal/journal.ts';
import { tell } from '../tell.ts';
import type { PromotionReport } from './report.ts';

/** Puts a thing that was done into the report, and tells it. */
export function note(
  ctx: Context,
  report: PromotionReport,
  level: Activity['level'],
  device: string,
  text: string,
): void {
  report.done.push(text);
  tell(ctx, { namespace: report.namespace, device, kind: 'promote', level, text });
}

/** How a lock is told. */
export const lockText = (device: string, removed: readonly string[], archives: readonly string[]): string =>
  removed.length === 0
    ? `${device} is locked: it had no keepers but us`
    : `${device} is locked: keepers removed (${removed.join(', ')}), kept in ${archives.join(' and ')}`;
