import type { Context } from './context.ts';
import type { Activity } from './journal/journal.ts';

/** Tells what happened, in the journal and to whoever listens. It must hold no secret. */
export function tell(ctx: Context, what: Omit<Activity, 'at' | 'by'>): void {
  const activity: Activity = { at: ctx.clock.now(), by: ctx.controller, ...what };
  ctx.journal.addActivity(activity);
  ctx.onActivity?.(activity);
}
