/**
 * What the command line calls its verbs and options, and what the editor calls the same: problems are worded once, for the
 * command line, and go to the editor in its own words. Titles are those of its commands.
 */
const DEVICE = '([A-Za-z0-9._-]*[A-Za-z0-9_-])';
const PLACE = '(?:--(?:namespace \\S+|root) )?';

const WORDS: readonly [from: RegExp, to: string][] = [
  [new RegExp(`\`?\\bpair --from ${DEVICE} --to ${DEVICE}\`?`, 'g'), '“Pair Devices…” from $1 to $2'],
  [new RegExp(`\`?\\bpromote ${PLACE}--device ${DEVICE}\`?`, 'g'), '“Switch Over…” to $1'],
  [new RegExp(`\`?\\brejoin ${PLACE}--device ${DEVICE}\`?`, 'g'), '“Re-join Old Primary…” for $1'],
  [new RegExp(`\\bPromote ${DEVICE} without --failover`, 'g'), 'Use “Switch Over…” to $1'],
  [
    /\bpromote it with --failover, then rejoin the other/g,
    'use “Fail Over…” to it, then “Re-join Old Primary…” for the other',
  ],
  [/\bLook at both with roles and diff\b/g, 'Look at both in the Replication view'],
  [/\buse --failover/g, 'use “Fail Over…”'],
  [/\bconflicts --resolve\b/g, '“Resolve Conflict…”'],
  [/ with --accept-loss\b/g, ' in “Fail Over…”'],
  [new RegExp(`\\bwith --erase ${DEVICE}`, 'g'), 'in “Pair Devices…”'],
  [/\b(?:say|use) --allow-commands(?:, or trust the workspace)?/g, 'trust the workspace'],
  [/, or use --trust-new-devices\b/g, ''],
  [/: --from FILE\b/g, ''],
  [/, or choose another with --state\b/g, ''],
  [/ \(--state\)/g, ''],
  [/\bsay --accept-total-loss\b/g, 'restore on the command line, which asks for that'],
  [/ \(--merge\)/g, ' on the command line'],
  [/\bbreak-glass\b/g, '“Bring Administrators Back…”'],
  [/\bRun sync once\b/g, 'Use “Synchronise…” once'],
  [
    /\bUse Node\.js 22\.19 or later\b/g,
    'Update the editor to one with Node.js 22.19 or later, or use the command line',
  ],
];

/** A sentence of ours in the words of the editor. */
export const inEditorWords = (text: string): string =>
  WORDS.reduce((words, [from, to]) => words.replace(from, to), text);
