/** A release that a practice device can play. */
export interface Release {
  /** As `/system/info` says it. */
  version: string;
  build: string;
  /** Version byte of its backups, and how its configuration is laid out. */
  format: 0 | 1;
  /** Version bytes that its restore takes. */
  restores: number[];
  /** Whether a stored key may have a label; where not, a key that has one can't be read (FACTS, Releases). */
  labels: boolean;
}

/** The releases by their names. 5.0 is the one of the recordings; the others are from the sources as FACTS tells them. */
export const RELEASES = {
  '5.0': { version: '5.0', build: 'v4.0-161-g4e192fb', format: 1, restores: [0, 1], labels: true },
  '4.0': { version: '4.0', build: 'v4.0', format: 1, restores: [0, 1], labels: false },
  '3.1': { version: '3.1', build: 'v3.1', format: 0, restores: [0], labels: false },
} as const satisfies Record<string, Release>;

export type ReleaseName = keyof typeof RELEASES;
