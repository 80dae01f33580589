import { l10n } from 'vscode';
import type { CommandName } from '../../server/operations/protocol.ts';

/** What commands are called in progress, questions and tooltips. */
export const titles = (): Record<CommandName, string> => ({
  diff: l10n.t('Compare'),
  plan: l10n.t('Show Plan'),
  synchronise: l10n.t('Synchronise'),
  backUpNamespace: l10n.t('Back Up Namespace'),
  verifyArchive: l10n.t('Verify Archive'),
  restoreNamespace: l10n.t('Restore Namespace'),
  backUpKey: l10n.t('Back Up Key'),
  restoreKey: l10n.t('Restore Key'),
  copyKeys: l10n.t('Copy Keys'),
  pair: l10n.t('Pair Devices'),
  switchover: l10n.t('Switch Over'),
  failover: l10n.t('Fail Over'),
  rejoin: l10n.t('Re-join'),
  breakGlass: l10n.t('Bring Administrators Back'),
  resolve: l10n.t('Resolve Conflict'),
  pause: l10n.t('Pause Replication'),
  resume: l10n.t('Resume Replication'),
  doctor: l10n.t('Doctor'),
  addDevice: l10n.t('Add Device'),
  startPractice: l10n.t('Start Practice Devices'),
  stopPractice: l10n.t('Stop Practice Devices'),
});
