import type { Context } from '../context.ts';
import type { Activity } from '../journal/journal.ts';
import type { PromotionReport } from './report.ts';

/** Puts a thing that was done into report, journal and log. */
export function note(
  ctx: Context,
  report: PromotionReport,
  level: Activity['level'],
  device: string,
  text: string,
): void {
  report.done.push(text);
  const { namespace } = report;
  const activity: Activity = {
    at: ctx.clock.now(),
    by: ctx.controller,
    namespace,
    device,
    kind: 'promote',
    level,
    text,
  };
  ctx.journal.addActivity(activity);
  ctx.onActivity?.(activity);
}
