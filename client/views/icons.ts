/** Icons and colours by state: the same sign means the same everywhere. */
import { ThemeColor, ThemeIcon } from 'vscode';
import type { Activity, DeviceState } from '../../server/operations/protocol.ts';

const GOOD = new ThemeColor('testing.iconPassed');
const WARN = new ThemeColor('list.warningForeground');
const BAD = new ThemeColor('list.errorForeground');
const QUIET = new ThemeColor('disabledForeground');

export const good = (name: string): ThemeIcon => new ThemeIcon(name, GOOD);
export const warn = (name: string): ThemeIcon => new ThemeIcon(name, WARN);
export const bad = (name: string): ThemeIcon => new ThemeIcon(name, BAD);
export const quiet = (name: string): ThemeIcon => new ThemeIcon(name, QUIET);
export const plain = (name: string): ThemeIcon => new ThemeIcon(name);

/** A device by its state. */
export function deviceIcon(state: DeviceState): ThemeIcon {
  switch (state) {
    case 'Operational':
      return good('server');
    case 'Locked':
      return warn('lock');
    case 'Unprovisioned':
      return warn('circle-outline');
    case 'untrusted':
      return warn('workspace-untrusted');
    case 'connecting':
      return quiet('sync~spin');
    case 'unknown':
      return quiet('server');
    case 'Failed':
    case 'unreachable':
      return bad('debug-disconnect');
  }
}

export const driftIcons = {
  missing: () => warn('diff-added'),
  extra: () => warn('diff-ignored'),
  differs: () => warn('diff-modified'),
  conflict: () => bad('git-merge'),
} as const;

export const levelIcons: Record<Activity['level'], () => ThemeIcon> = {
  info: () => good('pass'),
  warning: () => warn('warning'),
  alarm: () => bad('bell-dot'),
  error: () => bad('error'),
};
