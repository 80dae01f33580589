import { namespaceTitle } from '../../core/names.ts';
import type { SyncReport } from '../../core/replication/apply/report.ts';
import type { Alarm, Conflict, Held } from '../../core/replication/plan/plan.ts';
import type { PromotionReport } from '../../core/replication/promote/report.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { Run } from '../run.ts';
import { count, number, printable } from '../terminal/text.ts';

const SHOWN = 10;

const ids = (list: readonly string[]): string =>
  printable(list.slice(0, SHOWN).join(', ')) + (list.length > SHOWN ? ` and ${number(list.length - SHOWN)} more` : '');

/** What needs a person, as lines: alarms first, then conflicts, then what is held. */
export function attention(
  run: Run,
  { alarms, conflicts, held }: { alarms: readonly Alarm[]; conflicts: readonly Conflict[]; held: readonly Held[] },
): string[] {
  const { style } = run;
  return [
    ...alarms.flatMap(({ device, text, remedy }) => [
      `  ${style.red('✗')} ${printable(device)}: ${printable(text)}.`,
      `    ${style.cyan('→')} ${printable(remedy)}.`,
    ]),
    ...conflicts
      .slice(0, SHOWN)
      .map(
        ({ id, devices, reason }) =>
          `  ${style.yellow('≠')} ${printable(id)} (${devices.map(printable).join(', ')}): ${printable(reason)}.`,
      ),
    ...(conflicts.length > SHOWN ? [`  … and ${count(conflicts.length - SHOWN, 'more conflict')}; see conflicts`] : []),
    ...held.map(
      (one) => `  ${style.yellow('‖')} held on ${printable(one.device)}: ${ids(one.ids)}: ${printable(one.reason)}.`,
    ),
  ];
}

/** Tells what came of one synchronisation; gives its exit code. */
export function tellSync(run: Run, report: SyncReport): ExitCode {
  const { style } = run;
  const whole = report.verified === report.asked && report.stopped === undefined;
  const quiet = report.conflicts.length === 0;
  const mark = whole && quiet ? style.green('✓') : style.yellow('!');
  const title = namespaceTitle(report.namespace);
  const figures =
    report.asked === 0
      ? 'nothing to do'
      : `${number(report.asked)} asked, ${number(report.done)} done, ${number(report.verified)} verified`;
  run.say(
    `${mark} ${printable(title)}: ${figures}${quiet ? '' : `; ${count(report.conflicts.length, 'conflict')}`}.`,
    ...report.steps
      .filter(({ problem }) => problem !== undefined)
      .map(
        ({ kind, device, problem }) =>
          `  ${style.red('✗')} ${kind} on ${printable(device)}: ${printable(problem ?? '')}.`,
      ),
    ...attention(run, report),
    ...(report.stopped === undefined ? [] : [`  ${style.yellow('Ended early:')} ${printable(report.stopped)}`]),
  );
  if (report.alarms.some(({ kind }) => kind === 'split-brain' || kind === 'older-epoch')) return EXIT.refused;
  return whole && quiet ? EXIT.done : EXIT.partial;
}

/** Tells what came of a change of roles. */
export function tellPromotion(run: Run, report: PromotionReport): ExitCode {
  const { style } = run;
  run.table(...report.done.map((line) => `  ${style.green('·')} ${printable(line)}`));
  run.say(
    `${style.green('✓')} ${printable(namespaceTitle(report.namespace))}: ${printable(report.primary)} is primary, epoch ${report.epoch}.`,
    ...(report.lost.length === 0 ? [] : [`  ${style.red('Perhaps missing there:')} ${ids(report.lost)}`]),
    ...report.warnings.map((line) => `  ${style.yellow('!')} ${printable(line)}.`),
    ...attention(run, { alarms: [], held: [], conflicts: report.conflicts }),
  );
  run.answer(report);
  return report.conflicts.length === 0 ? EXIT.done : EXIT.partial;
}
