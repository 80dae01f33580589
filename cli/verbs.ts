import type { Verb } from './verb.ts';

/** A verb before it is loaded: what the list of verbs needs, so that it starts fast. */
export interface VerbEntry {
  summary: string;
  group: 'Look' | 'Replicate' | 'Carry' | 'Try and edit';
  load(): Promise<{ verb: Verb }>;
}

const entry = (group: VerbEntry['group'], summary: string, load: () => Promise<{ verb: unknown }>): VerbEntry => ({
  group,
  summary,
  load: load as VerbEntry['load'],
});

/** All verbs, in the order of the help. */
export const VERBS: Readonly<Record<string, VerbEntry>> = {
  validate: entry('Look', 'Check a manifest', () => import('./verbs/validate.ts')),
  inventory: entry('Look', 'Show the keys of a namespace on a device', () => import('./verbs/inventory.ts')),
  diff: entry('Look', 'Show how a replica differs from its primary, or two backups', () => import('./verbs/diff.ts')),
  inspect: entry('Look', 'Look into a device backup or a sealed archive', () => import('./verbs/inspect.ts')),
  verify: entry('Look', 'Check that a sealed archive is whole', () => import('./verbs/verify.ts')),
  doctor: entry('Look', 'Examine the devices and what we rely on', () => import('./verbs/doctor.ts')),
  status: entry('Replicate', 'Show roles, lag, drift and runs', () => import('./verbs/status.ts')),
  plan: entry('Replicate', 'Show what sync would do', () => import('./verbs/plan.ts')),
  sync: entry('Replicate', 'Bring replicas in step, or two sites together', () => import('./verbs/sync.ts')),
  conflicts: entry('Replicate', 'Show conflicts, and decide on them', () => import('./verbs/conflicts.ts')),
  recover: entry('Replicate', 'Get back keys that replication deleted', () => import('./verbs/recover.ts')),
  roles: entry('Replicate', 'Show who is primary, by manifest and by device', () => import('./verbs/roles.ts')),
  promote: entry('Replicate', 'Make another device the primary', () => import('./verbs/promote.ts')),
  rejoin: entry('Replicate', 'Bring an old primary back as a replica', () => import('./verbs/rejoin.ts')),
  'break-glass': entry('Replicate', 'Bring keepers back from an archive', () => import('./verbs/break-glass.ts')),
  pause: entry('Replicate', 'Hold the replication of namespaces', () => import('./verbs/pause.ts')),
  resume: entry('Replicate', 'Let it go on', () => import('./verbs/resume.ts')),
  pair: entry('Carry', "Give a fresh device another one's Domain Key", () => import('./verbs/pair.ts')),
  backup: entry('Carry', 'Put a namespace into a sealed archive', () => import('./verbs/backup.ts')),
  archives: entry('Carry', 'List, verify and prune sealed archives', () => import('./verbs/archives.ts')),
  restore: entry('Carry', 'Bring a sealed archive back', () => import('./verbs/restore.ts')),
  'copy-key': entry('Carry', 'Copy one key to another device', () => import('./verbs/copy-key.ts')),
  'backup-key': entry('Carry', 'Put one key into a sealed archive', () => import('./verbs/backup-key.ts')),
  'restore-key': entry('Carry', 'Bring one key back from a sealed archive', () => import('./verbs/restore-key.ts')),
  'backup-device': entry('Carry', 'Take and verify a whole device backup', () => import('./verbs/backup-device.ts')),
  run: entry('Replicate', 'The agent: stream and synchronise until stopped', () => import('./verbs/run.ts')),
  practice: entry('Try and edit', 'Start practice devices', () => import('./verbs/practice.ts')),
  'language-server': entry('Try and edit', 'Serve an editor over stdio', () => import('./verbs/language-server.ts')),
};
