import { namespaceTitle } from '../core/names.ts';
import type { ArchiveReport } from '../core/transfer/backup-namespace.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Run } from './run.ts';
import { count, printable } from './terminal/text.ts';

/** Tells what came of a backup of a namespace or key; gives the exit code. */
export function tellArchive(run: Run, report: ArchiveReport, more: Record<string, unknown>): ExitCode {
  const { style } = run;
  run.say(
    `${style.green('✓')} ${printable(report.file)}: ${count(report.keys, 'key')} and ${count(report.users, 'user')} of ${namespaceTitle(report.namespace)}, sealed; ${count(report.verified, 'key')} read back and verified.`,
    ...(report.changed.length === 0
      ? []
      : [
          `  ${count(report.changed.length, 'key')} came or went meanwhile: ${printable(report.changed.slice(0, 5).join(', '))}`,
        ]),
    ...(report.tooLarge.length === 0
      ? []
      : [
          style.yellow(
            `! ${count(report.tooLarge.length, 'key')} (${printable(report.tooLarge.slice(0, 5).join(', '))}) with a very large certificate: no restore by append can bring such a key back. Take the certificate off and back up again, or restore by merge.`,
          ),
        ]),
    style.dim('  It opens only on a device of the same domain. Keep it and its passphrase at different places.'),
  );
  run.answer({ ...more, ...report });
  return report.verified === report.asked ? EXIT.done : EXIT.partial;
}
