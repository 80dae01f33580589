import { compareReleases, isTestedRelease, TESTED_RELEASES } from './releases.ts';

/** What decides how keys go from one place to another. */
export interface MethodFacts {
  /** A device, or an archive, in which keys can't be opened. */
  from: { name: string; kind: 'device' | 'archive'; domain: string; release: string };
  to: { name: string; domain: string; release: string };
  /** The manifest's `transfer` of the namespace. */
  transfer: 'sealed' | 'import';
  /** Whether the keys get another id or another namespace. */
  renamed: boolean;
  /** Whether a merge was asked for. */
  merge: boolean;
  /** Whether `--accept-total-loss` was said. */
  acceptTotalLoss: boolean;
}

/** How keys will go, in sentences for people to read before it happens. */
export type Method =
  | { method: 'append' | 'merge' | 'import'; explanation: string }
  | { method: 'refuse'; explanation: string; remedy: string };

/**
 * Decides by which method keys go, and says what that means. Sealed whenever it can be: where the manifest allows `import`
 * it is used only for what sealed entries can't do. A merge is made only when asked for.
 */
export function explainMethod(facts: MethodFacts): Method {
  const obstacle = whyNotSealed(facts);
  if (obstacle === undefined) return facts.merge ? merge(facts) : append(facts);
  if (facts.transfer === 'import' && facts.from.kind === 'device') return byImport(facts, obstacle.why);
  return { method: 'refuse', explanation: `${obstacle.why}. Nothing is sent.`, remedy: remedyOf(facts, obstacle) };
}

/** Why sealed entries can't do it, and what besides `import` would help. */
interface Obstacle {
  why: string;
  remedy: string;
}

function whyNotSealed({ from, to, renamed, merge, acceptTotalLoss }: MethodFacts): Obstacle | undefined {
  if (renamed) {
    return {
      why: 'A sealed key opens only under the id and in the namespace in which it was made',
      remedy: 'Copy it under its own id into the namespace of the same name',
    };
  }
  if (from.domain !== to.domain) {
    return {
      why: `${to.name} has another Domain Key than ${from.name}, so it could never open what is sealed there`,
      remedy: 'Pair the devices first (pair), or check that these are the right ones',
    };
  }
  if (compareReleases(from.release, to.release) > 0) {
    return {
      why: `${to.name} runs release ${to.release}, which may not be able to read what release ${from.release} sealed`,
      remedy: `Update ${to.name} first`,
    };
  }
  const hasEndMark = compareReleases(to.release, '4.0') >= 0;
  if (merge) return hasEndMark || acceptTotalLoss ? undefined : noEndMark(to);
  if (isTestedRelease(to.release)) return undefined;
  const tested = TESTED_RELEASES.join(', ');
  return {
    why: `${to.name} runs release ${to.release}, and append works on ${tested} only`,
    remedy: `Update ${to.name} to ${tested}, or as a last resort ask for a merge (--merge), which restores all of it`,
  };
}

const noEndMark = (to: MethodFacts['to']): Obstacle => ({
  why: `${to.name} runs release ${to.release}, whose backups have no end mark: if the upload of a merge is cut at the border of two entries, the device answers like a success and deletes every key that comes later`,
  remedy: `Update ${to.name} to 4.0 or later; or, if everything on it may be lost, say --accept-total-loss`,
});

function remedyOf({ from, transfer }: MethodFacts, { remedy }: Obstacle): string {
  if (transfer === 'import' && from.kind === 'archive') {
    return `${remedy}; keys of an archive can not be opened, so import works from a device only`;
  }
  return `${remedy}; or, if private keys may be in plaintext in the memory of this computer for a moment, write transfer: import in the manifest`;
}

const append = ({ from, to }: MethodFacts): Method => ({
  method: 'append',
  explanation: `The keys go from ${from.name} to ${to.name} sealed (append): no private key leaves the devices in plaintext, nothing on ${to.name} is removed or replaced, and writes there wait for moments while it happens.`,
});

const merge = ({ from, to, acceptTotalLoss }: MethodFacts): Method => ({
  method: 'merge',
  explanation: [
    `The keys go from ${from.name} to ${to.name} sealed, by restoring ALL of ${to.name} from a backup of itself with the keys added (merge).`,
    `What anybody writes on ${to.name} between that backup and the end of the restore is lost. The backup is kept.`,
    ...(acceptTotalLoss && compareReleases(to.release, '4.0') < 0
      ? [
          `If the upload is cut, ${to.name} may delete keys and report success: you accepted that all of it may be lost.`,
        ]
      : []),
  ].join(' '),
});

const byImport = ({ from, to }: MethodFacts, why: string): Method => ({
  method: 'import',
  explanation: `${why}. The manifest allows transfer: import, so the keys are opened with the unlock passphrase of ${from.name} and imported on ${to.name}: one after the other, each private key is in PLAINTEXT in the memory of this computer for a moment and is wiped then.`,
});
