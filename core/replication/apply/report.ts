import type { Namespace } from '../../names.ts';
import type { Problem } from '../../problem.ts';
import type { Alarm, Conflict, Held, NamespacePlan, Step } from '../plan/plan.ts';

/** How far a step came. Asked, done and verified are three figures: "partly done" is never "done". */
export interface StepFigures {
  asked: number;
  /** What the device was sent. */
  done: number;
  /** What was read back there as it should be, sent now or so already. */
  verified: number;
  /** Why it is not all verified. */
  problem?: string;
}

/** What came of a step, and whether it ended early because a device is not as it should be: then nothing more is sent. */
export type StepOutcome = StepFigures & { stops?: boolean };

/** A device that could not be worked with. */
export interface LeftOut {
  device: string;
  problem: Problem;
}

/** What came of a plan. */
export interface SyncReport {
  namespace: Namespace;
  steps: (Step & StepFigures)[];
  asked: number;
  done: number;
  verified: number;
  conflicts: readonly Conflict[];
  held: readonly Held[];
  alarms: readonly Alarm[];
  /** By replica: keys there that the primary does not have and that nobody asks to delete. */
  extra: NamespacePlan['extra'];
  /** Devices that could not be asked, and why. */
  leftOut: readonly LeftOut[];
  /** Why the work ended before all steps were tried. */
  stopped?: string;
}

/** Devices that no time heals: a person has to give another passphrase, a right or a confirmation. */
export const restingIn = ({ leftOut }: Pick<SyncReport, 'leftOut'>): string[] =>
  leftOut.filter(({ problem }) => RESTS.includes(problem.kind)).map(({ device }) => device);

const RESTS: readonly Problem['kind'][] = ['unauthorised', 'wrong-passphrase', 'unreadable', 'forbidden', 'untrusted'];

/** A report of a plan with nothing done yet. */
export const emptySync = ({ namespace, conflicts, held, alarms, extra }: NamespacePlan): SyncReport => ({
  namespace,
  steps: [],
  asked: 0,
  done: 0,
  verified: 0,
  conflicts,
  held,
  alarms,
  extra,
  leftOut: [],
});

/** Adds a step with what came of it. */
export function addStep(report: SyncReport, step: Step, figures: StepFigures): void {
  report.steps.push({ ...step, ...figures });
  report.asked += figures.asked;
  report.done += figures.done;
  report.verified += figures.verified;
}

/** What a step is about to do, as a number. */
export function askedOf(step: Step): number {
  switch (step.kind) {
    case 'establish':
    case 'record':
      return 1;
    case 'lock':
      return step.users.length;
    case 'users':
      return step.create.length + step.replace.length + step.delete.length;
    default:
      return step.ids.length;
  }
}

/** Whether everything that was to be done was done and seen to be. */
export const isAllVerified = (report: SyncReport): boolean =>
  report.stopped === undefined && report.steps.every(({ asked, verified, problem }) => !problem && asked === verified);
