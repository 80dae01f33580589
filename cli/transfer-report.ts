import { namespaceTitle } from '../core/names.ts';
import { isWhole, type LeftOver, type TransferReport } from '../core/transfer/report.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { shownPath } from './files.ts';
import type { Run } from './run.ts';
import { count, number, printable } from './terminal/text.ts';

const SHOWN = 20;

function leftOver(run: Run, title: string, items: readonly LeftOver[]): string[] {
  if (items.length === 0) return [];
  const more = items.length > SHOWN ? [`  … and ${count(items.length - SHOWN, 'more', 'more')}, in the JSON`] : [];
  return [
    run.style.yellow(`${title}:`),
    ...items.slice(0, SHOWN).map(({ id, reason }) => `  ${printable(id)}: ${printable(reason)}`),
    ...more,
  ];
}

/** Tells what came of a transfer, for people and as JSON with what the verb adds; gives the exit code. */
export function tellTransfer(run: Run, report: TransferReport, more: Record<string, unknown>): ExitCode {
  const { style } = run;
  const whole = isWhole(report);
  const mark = whole ? style.green('✓') : style.yellow('!');
  const place = `${namespaceTitle(report.namespace)} on ${printable(report.device)}`;
  run.say(
    `${mark} ${place}: ${number(report.asked)} asked, ${number(report.done)} sent, ${number(report.verified)} verified${report.same > 0 ? `, ${number(report.same)} of them there already` : ''}.`,
    ...(report.created ? [`  The namespace was created there.`] : []),
    ...leftOver(run, 'Left as they are', report.conflicts),
    ...leftOver(run, 'Not there as they should be', report.failed),
    ...(report.warning === undefined ? [] : [`${style.yellow('Not sure:')} ${printable(report.warning)}`]),
    ...(report.stopped === undefined ? [] : [`${style.yellow('Ended early:')} ${printable(report.stopped)}`]),
    ...(report.deviceBackup === undefined
      ? []
      : [
          style.dim(
            `  Whole backup of the device from before: ${printable(shownPath(run.around.cwd, report.deviceBackup))}`,
          ),
        ]),
  );
  run.answer({ ...more, ...report });
  return whole ? EXIT.done : EXIT.partial;
}
