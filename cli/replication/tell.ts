import { sep } from 'node:path';
import { namespaceTitle, ROOT } from '../../core/names.ts';
import type { SyncReport } from '../../core/replication/apply/report.ts';
import { explainStep } from '../../core/replication/plan/explain.ts';
import type { Alarm, Conflict, Held } from '../../core/replication/plan/plan.ts';
import type { Policy } from '../../core/replication/policy.ts';
import type { PromotionReport } from '../../core/replication/promote/report.ts';
import { linksOf } from '../../core/replication/sync.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { Run } from '../run.ts';
import { count, number, printable } from '../terminal/text.ts';

const SHOWN = 10;

const ids = (list: readonly string[]): string =>
  printable(list.slice(0, SHOWN).join(', ')) + (list.length > SHOWN ? ` and ${number(list.length - SHOWN)} more` : '');

/** What needs a person, as lines: alarms first, then conflicts, then what is held, then how to decide. */
export function attention(run: Run, found: Attention): string[] {
  const { style } = run;
  const { alarms, conflicts, held } = found;
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
    ...(conflicts.length > SHOWN ? [`  … and ${count(conflicts.length - SHOWN, 'more conflict')}.`] : []),
    ...held.map(({ device, ids: which, reason }) =>
      which.length === 0
        ? `  ${style.yellow('‖')} ${printable(reason)}.`
        : `  ${style.yellow('‖')} held on ${printable(device)}: ${ids(which)}: ${printable(reason)}.`,
    ),
    ...decisionLines(run, found),
  ];
}

export interface Attention {
  alarms: readonly Alarm[];
  conflicts: readonly Conflict[];
  held: readonly Held[];
}

/** How to decide what waits for a person, ready to be completed. */
function decisionLines({ style }: Run, { conflicts, held }: Attention): string[] {
  const open = [
    ...conflicts.map(({ namespace, id, devices }) => ({ namespace, id, devices: devices.join(' or ') })),
    ...held.flatMap(({ namespace, ids: [id] }) =>
      id === undefined ? [] : [{ namespace, id, devices: 'the device that is right' }],
    ),
  ];
  const [first] = open;
  if (first === undefined) return [];
  const scope = first.namespace === ROOT ? '--root' : `--namespace ${first.namespace}`;
  const id = first.id.includes(' ') ? `"${first.id}"` : first.id;
  return [
    `    ${style.cyan('→')} ${printable(`Decide: conflicts MANIFEST ${scope} --resolve ${id} --keep D, where D is ${first.devices}.`)}`,
  ];
}

/** What is left alone, as it goes into the JSON document. */
export const extraJson = (of: readonly Pick<SyncReport, 'namespace' | 'extra'>[]) =>
  of.flatMap(({ namespace, extra }) =>
    Object.entries(extra).map(([device, which]) => ({ namespace, device, ids: which })),
  );

/** After these nothing is copied to the device that they name. */
const STOPPING: readonly Alarm['kind'][] = [
  'split-brain',
  'older-epoch',
  'wrong-domain',
  'write-blocked',
  'other-primary',
];

/** Whether something stops a namespace, or a device in it, altogether. */
export const isStopped = ({ alarms }: Pick<Attention, 'alarms'>): boolean =>
  alarms.some(({ kind }) => STOPPING.includes(kind));

/** Whether nothing waits for anybody. */
export const isQuiet = ({ alarms, conflicts, held }: Attention): boolean =>
  alarms.length + conflicts.length + held.length === 0;

/** Tells what came of one synchronisation; gives its exit code. */
export function tellSync(run: Run, policy: Policy, report: SyncReport): ExitCode {
  const code = exitOfSync(policy, report);
  const { style } = run;
  const mark = code === EXIT.done ? style.green('✓') : code === EXIT.partial ? style.yellow('!') : style.red('✗');
  run.say(
    `${mark} ${printable(namespaceTitle(report.namespace))}: ${figures(report, code)}.`,
    ...report.steps.map((step) => `  ${printable(explainStep(step))}${shortfall(run, step)}`),
    ...Object.entries(report.extra)
      .filter(([, list]) => list.length > 0)
      .map(
        ([device, list]) =>
          `  ${style.dim(`left alone on ${printable(device)}, where only it has them: ${ids(list)}`)}`,
      ),
    ...attention(run, report),
    ...(report.stopped === undefined ? [] : [`  ${style.yellow('Ended early:')} ${printable(report.stopped)}`]),
  );
  return code;
}

function figures({ asked, done, verified, conflicts }: SyncReport, code: ExitCode): string {
  const what =
    asked > 0
      ? `${number(asked)} asked, ${number(done)} done, ${number(verified)} verified`
      : code === EXIT.failed || code === EXIT.refused
        ? 'nothing was done'
        : 'nothing to do';
  return conflicts.length === 0 ? what : `${what}; ${count(conflicts.length, 'conflict')}`;
}

const shortfall = ({ style }: Run, { asked, verified, problem }: SyncReport['steps'][number]): string =>
  asked === verified && problem === undefined
    ? ''
    : `\n    ${style.red('✗')} ${number(verified)} of ${number(asked)} verified${problem === undefined ? '' : `: ${printable(problem)}`}.`;

function exitOfSync(policy: Policy, report: SyncReport): ExitCode {
  if (isStopped(report)) return EXIT.refused;
  const away = new Set(report.held.filter(({ ids: which }) => which.length === 0).map(({ device }) => device));
  const works = linksOf(policy).some(({ left, right }) => !away.has(left) && !away.has(right));
  if (!works && report.asked === 0) return EXIT.failed;
  const whole = report.verified === report.asked && report.stopped === undefined;
  return whole && isQuiet(report) ? EXIT.done : EXIT.partial;
}

/** Tells what came of a change of roles. */
export function tellPromotion(run: Run, report: PromotionReport): ExitCode {
  const { style } = run;
  // Paths below the folder that one is in are shorter without it.
  const nearby = (line: string): string => printable(line).replaceAll(`${run.around.cwd}${sep}`, '');
  run.table(...report.done.map((line) => `  ${style.green('·')} ${nearby(line)}`));
  run.say(
    `${style.green('✓')} ${printable(namespaceTitle(report.namespace))}: ${printable(report.primary)} is primary, epoch ${report.epoch}.`,
    ...(report.lost.length === 0 ? [] : [`  ${style.red('Perhaps missing there:')} ${ids(report.lost)}`]),
    ...report.warnings.map((line) => `  ${style.yellow('!')} ${printable(line)}.`),
    ...attention(run, { alarms: [], held: [], conflicts: report.conflicts }),
  );
  run.answer(report);
  return report.conflicts.length === 0 ? EXIT.done : EXIT.partial;
}
