import type { Namespace } from '../../names.ts';
import type { Context } from '../context.ts';
import type { Journal } from '../journal/journal.ts';
import type { Policy } from '../policy.ts';

const KIND = 'lock-keepers';

/** A lock that began: keepers are being removed, and lie in the archive of this name at both places. */
export interface BegunLock {
  step: number;
  archive: string;
}

/**
 * The lock of a replica that began and did not end: those who are left are fewer than were archived, and yet its archive
 * is the one to go on with.
 */
export function begunLock(journal: Journal, { namespace }: Policy, device: string): BegunLock | undefined {
  const open = journal.openSteps(namespace).find((step) => step.kind === KIND && step.device === device);
  const { archive } = (open?.detail ?? {}) as { archive?: unknown };
  return open !== undefined && typeof archive === 'string' ? { step: open.step, archive } : undefined;
}

/** Notes, before the first removal, where the keepers are archived; a lock that goes on stays the one that began. */
export function beginLock({ journal, clock }: Context, policy: Policy, device: string, archive: string): void {
  const begun = begunLock(journal, policy, device);
  if (begun?.archive === archive) return;
  journal.openStep({ namespace: policy.namespace, kind: KIND, device, detail: { archive }, at: clock.now() });
  if (begun !== undefined) journal.closeStep(begun.step);
}

/** Notes that a lock is not to be gone on with. */
export function leaveLock({ journal }: Context, policy: Policy, device: string): void {
  const begun = begunLock(journal, policy, device);
  if (begun !== undefined) journal.closeStep(begun.step);
}

/** Notes that a replica is locked: a keeper who is there later came back. */
export function endLock(ctx: Context, policy: Policy, device: string): void {
  leaveLock(ctx, policy, device);
  ctx.journal.putDone(nameOf(policy.namespace, device), ctx.clock.now());
}

/** Whether we removed the keepers of a device before, as far as the journal knows. */
export const wasLocked = (journal: Journal, namespace: Namespace, device: string): boolean =>
  journal.lastDone(nameOf(namespace, device)) !== undefined;

const nameOf = (namespace: Namespace, device: string): string => `lock ${namespace} ${device}`;
