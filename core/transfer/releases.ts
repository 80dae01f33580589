import { Problem } from '../problem.ts';

/**
 * Releases on which `append` was measured to behave as we need: entries stored, nothing removed, the device operational
 * (recordings 10, 12, 13, 19, 21). A later release may read a foreign end mark otherwise, so others are refused.
 */
export const TESTED_RELEASES: readonly string[] = ['5.0'];

/** Whether a release may be appended to. */
export const isTestedRelease = (softwareVersion: string): boolean => TESTED_RELEASES.includes(softwareVersion);

/** Throws a Problem `refused` for a release that `append` was not tested on. */
export function requireTestedRelease(device: string, softwareVersion: string): void {
  if (isTestedRelease(softwareVersion)) return;
  throw new Problem({
    kind: 'refused',
    place: device,
    cause: `it runs release ${softwareVersion}, and append was tested on ${TESTED_RELEASES.join(', ')} only`,
    remedy: 'Update the device to a tested release, or this program to one that knows the release',
  });
}

/** Orders releases by their numbers: negative when `a` is older than `b`. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (let i = 0; i < 2; i++) {
    const step = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (step !== 0) return step;
  }
  return 0;
}

/**
 * Sealed entries travel up in release: 5.0 added `label` to the stored key, and an older release can't read a key
 * that has one. Throws a Problem `refused` for the way down.
 */
export function requireSameOrNewerRelease(source: string, target: { device: string; softwareVersion: string }): void {
  if (compareReleases(source, target.softwareVersion) <= 0) return;
  throw new Problem({
    kind: 'refused',
    place: target.device,
    cause: `the entries come from release ${source}, the device runs the older ${target.softwareVersion}, which may not be able to read them`,
    remedy: 'Update the device first',
  });
}
