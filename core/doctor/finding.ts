import { isProblem, type Problem } from '../problem.ts';

/** What the doctor looks at. */
export type CheckName =
  | 'known-device'
  | 'state'
  | 'administrator'
  | 'backup'
  | 'backup-passphrase'
  | 'metrics'
  | 'namespace-administrator'
  | 'release'
  | 'domain'
  | 'certificate'
  | 'clock'
  | 'writes'
  | 'unreadable-keys'
  | 'stand-ins'
  | 'roles'
  | 'keepers'
  | 'keepers-archive'
  | 'generation'
  | 'lease'
  | 'left-overs'
  | 'secret-files';

/** One thing that was looked at on a device, and what to do where it is not as it should be. */
export interface Finding {
  check: CheckName;
  ok: boolean;
  /** What was found, in a sentence without its full stop. */
  detail: string;
  remedy?: string;
}

export const well = (check: CheckName, detail: string): Finding => ({ check, ok: true, detail });
export const ill = (check: CheckName, detail: string, remedy: string): Finding => ({
  check,
  ok: false,
  detail,
  remedy,
});

/** A problem that a check met, as what it found. */
export const illFrom = (check: CheckName, problem: Problem): Finding => ill(check, problem.reason, problem.remedy);

/** Runs a check; a Problem that it meets is its finding, but a cancel goes on. */
export async function attempt(check: CheckName, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    if (isProblem(error) && error.kind !== 'cancelled') return illFrom(check, error);
    throw error;
  }
}
