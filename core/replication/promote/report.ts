import type { KeyId, Namespace, UserName } from '../../names.ts';
import type { Conflict } from '../plan/plan.ts';

/** What came of a change of roles. */
export interface PromotionReport {
  namespace: Namespace;
  epoch: number;
  primary: string;
  /** Devices that can't be changed any more but by us: their keepers are removed. */
  fenced: string[];
  /** Keys that the new primary may lack, as far as anybody knows. */
  lost: KeyId[];
  /** N-Administrators that can write on the new primary now. */
  keepers: UserName[];
  /** What was done, in order, for people. */
  done: string[];
  /** What a person should look at, though the work went on. */
  warnings: string[];
  /** Keys that both devices hold differently: kept on both until somebody decides. */
  conflicts: Conflict[];
}

export const emptyPromotion = (namespace: Namespace, primary: string, epoch: number): PromotionReport => ({
  namespace,
  epoch,
  primary,
  fenced: [],
  lost: [],
  keepers: [],
  done: [],
  warnings: [],
  conflicts: [],
});
