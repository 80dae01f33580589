import { basename } from 'node:path';
import { namespaceTitle } from '../../../core/names.ts';
import type { SyncReport } from '../../../core/replication/apply/report.ts';
import { explainStep } from '../../../core/replication/plan/explain.ts';
import type { PromotionReport } from '../../../core/replication/promote/report.ts';
import type { ArchiveReport } from '../../../core/transfer/backup-namespace.ts';
import { isWhole, type LeftOver, type TransferReport } from '../../../core/transfer/report.ts';
import { inEditorWords } from '../look/editor-words.ts';
import type { CommandResult } from '../protocol.ts';

const SHOWN = 100;

const figure = (number: number): string => number.toLocaleString('en-US');

/** `1 key`, `2,000 keys`. */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${figure(number)} ${number === 1 ? one : many}`;

/** Text from elsewhere as Markdown: nothing in it formats, links or ends a line. */
export const plain = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').replace(/[\\`*_{}[\]()#+!|<>~&]/g, '\\$&');

const list = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0
    ? []
    : [
        '',
        `**${title}**`,
        '',
        ...lines.slice(0, SHOWN).map((line) => `- ${plain(line)}`),
        ...(lines.length > SHOWN ? [`- and ${count(lines.length - SHOWN, 'more', 'more')}`] : []),
      ];

/** A result from its figures, a sentence, and what there is to tell besides. */
export function makeResult(
  ended: CommandResult['ended'],
  figures: Pick<CommandResult, 'asked' | 'done' | 'verified'>,
  summary: string,
  details: readonly string[] = [],
): CommandResult {
  const { asked, done, verified } = figures;
  return { ended, asked, done, verified, summary, details: [plain(summary), ...details].join('\n') };
}

const NONE = { asked: 0, done: 0, verified: 0 };

/** A result of something that has no figures. */
export const simpleResult = (ended: CommandResult['ended'], summary: string, lines: readonly string[] = []) =>
  makeResult(ended, NONE, summary, list('Details', lines));

const leftOvers = (items: readonly LeftOver[]): string[] => items.map(({ id, reason }) => `${id}: ${reason}`);

const endOf = (isAll: boolean, done: number, asked: number): CommandResult['ended'] =>
  isAll ? (asked === 0 ? 'nothing-to-do' : 'done') : done > 0 ? 'partly' : 'failed';

/** What came of a copy or a restore. */
export function transferResult(report: TransferReport): CommandResult {
  const { asked, done, verified, same, conflicts, failed, created, warning, stopped, deviceBackup } = report;
  const whole = isWhole(report);
  const there = same > 0 ? `, ${figure(same)} of them there already` : '';
  const summary = `${namespaceTitle(report.namespace)} on ${report.device}: ${figure(asked)} asked, ${figure(done)} sent, ${figure(verified)} verified${there}.`;
  const ended = whole ? 'done' : verified > 0 || done > 0 || conflicts.length > 0 ? 'partly' : 'failed';
  return makeResult(ended, { asked, done, verified }, summary, [
    ...list('Left as they are', leftOvers(conflicts)),
    ...list('Not there as they should be', leftOvers(failed)),
    ...list('Also', [
      ...(created ? ['The namespace was created there.'] : []),
      ...(warning === undefined ? [] : [`Not sure: ${warning}`]),
      ...(stopped === undefined ? [] : [`Ended early: ${stopped}`]),
      ...(deviceBackup === undefined ? [] : [`Whole backup of the device from before: ${deviceBackup}`]),
    ]),
  ]);
}

/** What came of a backup into an archive. */
export function archiveResult({
  file,
  namespace,
  keys,
  users,
  asked,
  done,
  verified,
  changed,
  tooLarge,
}: ArchiveReport): CommandResult {
  const summary = `${count(keys, 'key')}${users > 0 ? ` and ${count(users, 'user')}` : ''} of ${namespaceTitle(namespace)} sealed in ${basename(file)}, ${count(verified, 'key')} read back.`;
  const result = makeResult(verified === asked ? 'done' : 'partly', { asked, done, verified }, summary, [
    ...list('Details', [
      file,
      'It opens only on a device of the same domain. Keep it and its passphrase at different places.',
    ]),
    ...list('Came or went meanwhile', changed),
    ...list('Too large, with their certificates, to be restored by append', tooLarge),
  ]);
  return { ...result, file };
}

/** What came of a synchronisation. */
export function syncResult(report: SyncReport): CommandResult {
  const { namespace, steps, asked, done, verified, conflicts, held, alarms, stopped } = report;
  const isAll =
    stopped === undefined && steps.every((step) => step.problem === undefined && step.asked === step.verified);
  const open = conflicts.length + held.length;
  const ended = isAll && open > 0 ? 'partly' : endOf(isAll, done, asked);
  const title = namespaceTitle(namespace);
  const left =
    open > 0 ? ` ${count(conflicts.length, 'conflict')} and ${count(held.length, 'held change')} wait for you.` : '';
  const summary =
    ended === 'nothing-to-do'
      ? `${title} is in sync: nothing to do.`
      : `${title}: ${figure(asked)} asked, ${figure(done)} done, ${figure(verified)} verified.${left}`;
  return makeResult(ended, { asked, done, verified }, summary, [
    ...list(
      'Alarms',
      alarms.map(({ device, text, remedy }) => inEditorWords(`${device}: ${text}. ${remedy}.`)),
    ),
    ...list(
      'Steps',
      steps.map(
        (step) =>
          `${explainStep(step)}: ${step.done} done, ${step.verified} verified${step.problem ? `; ${step.problem}` : ''}`,
      ),
    ),
    ...list(
      'Conflicts: both are kept',
      conflicts.map(({ id, reason }) => `${id}: ${reason}`),
    ),
    ...list(
      'Held',
      held.map(({ device, ids, reason }) => `${device}, ${ids.slice(0, 20).join(', ')}: ${inEditorWords(reason)}`),
    ),
    ...(stopped === undefined ? [] : list('Ended early', [inEditorWords(stopped)])),
  ]);
}

/** What came of a change of roles. */
export function promotionResult(what: string, report: PromotionReport): CommandResult {
  const { epoch, primary, fenced, lost, keepers, done, warnings, conflicts } = report;
  const steps = done.length;
  const summary = `${what}: ${primary} is primary of ${namespaceTitle(report.namespace)}, epoch ${epoch}.${warnings.length > 0 ? ` ${count(warnings.length, 'thing')} to look at.` : ''}`;
  return makeResult(conflicts.length > 0 ? 'partly' : 'done', { asked: steps, done: steps, verified: steps }, summary, [
    ...list('Done', done),
    ...list('Look at', warnings.map(inEditorWords)),
    ...list('Can not be changed any more but by us', fenced),
    ...list('Can write there', keepers),
    ...list('May be lost', lost),
    ...list(
      'Conflicts: both are kept',
      conflicts.map(({ id, reason }) => `${id}: ${reason}`),
    ),
  ]);
}
