/** Numbers and times for people. */
import { l10n } from 'vscode';
import type { ProblemData } from '../../server/operations/protocol.ts';

export const count = (n: number): string => n.toLocaleString('en');

/** `3 keys`, `1 key`. */
export const keys = (n: number): string => (n === 1 ? l10n.t('1 key') : l10n.t('{0} keys', count(n)));

const UNITS: readonly [ms: number, name: string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** A span of milliseconds in its largest unit: `4 min`. */
export function span(ms: number): string {
  const [size, name] = UNITS.find(([size]) => ms >= size) ?? [1_000, 's'];
  return `${Math.max(0, Math.floor(ms / size))} ${name}`;
}

/** `4 min ago`, or a date when that is long past. */
export function ago(at: number, now = Date.now()): string {
  const passed = now - at;
  if (passed < 5_000) return l10n.t('just now');
  return passed > 30 * 86_400_000 ? date(at) : l10n.t('{0} ago', span(passed));
}

export const date = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** `Nov 29, 2026, 2:02:24 PM`, in the reader's own zone: for texts that stay while time passes. */
export const moment = (at: number): string =>
  new Date(at).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'medium' });

/** Who does something, from how runs call themselves: `run-0c731d9f0f@vm` is the agent on vm. */
export function who(by: string): string {
  const [, kind, host = ''] = by.match(/^(run|cli|editor)(?:-\w+)?@(.+)$/) ?? [];
  if (kind === 'run') return l10n.t('agent on {0}', host);
  if (kind === 'cli') return l10n.t('command line on {0}', host);
  return kind === 'editor' ? l10n.t('editor on {0}', host) : by;
}

/** A problem in so few words that they fit a line of a tree; its cause and remedy are for the tooltip. */
export function brief({ kind }: ProblemData): string {
  const words: Partial<Record<ProblemData['kind'], string>> = {
    unreachable: l10n.t('out of reach'),
    untrusted: l10n.t('not confirmed yet'),
    locked: l10n.t('locked'),
    failed: l10n.t('failed'),
    unauthorised: l10n.t('passphrase needed'),
    forbidden: l10n.t('not allowed'),
    throttled: l10n.t('log-ins are slowed down'),
    'not-found': l10n.t('not found'),
    busy: l10n.t('busy'),
    'write-blocked': l10n.t('write-blocked'),
    'not-a-backup': l10n.t('not an archive'),
    'unsupported-version': l10n.t('unknown format'),
    'wrong-passphrase': l10n.t('wrong passphrase'),
    truncated: l10n.t('cut short'),
    damaged: l10n.t('damaged'),
    refused: l10n.t('refused'),
    cancelled: l10n.t('not asked'),
  };
  return words[kind] ?? l10n.t('can’t be read');
}

/** `1.4 MB`. */
export function bytes(n: number): string {
  if (n < 1_000) return `${n} B`;
  return n < 1_000_000 ? `${(n / 1_000).toFixed(1)} kB` : `${(n / 1_000_000).toFixed(1)} MB`;
}
