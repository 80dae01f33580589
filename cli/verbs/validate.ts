import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ManifestDiagnostic, readManifest } from '../../schemas/read.ts';
import { EXIT } from '../exit.ts';
import type { Style } from '../terminal/style.ts';
import { count, printable } from '../terminal/text.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'Checks a manifest as the language server does while you type, without asking a device: what would be refused, what can not be meant, what could be better. Exit code 3 when there is an error.',
  ],
  positionals: [{ name: 'MANIFEST', help: 'The manifest.' }],
  options: {},
  examples: [
    ['validate site.nethsm.yaml', 'each finding with file, line and column'],
    ['validate site.nethsm.yaml --json', 'the same for a program'],
  ],
  async run(run, _values, [file = '']) {
    const text = await readFile(resolve(run.around.cwd, file), 'utf8');
    const { diagnostics } = readManifest(text, file);
    const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
    run.table(...diagnostics.map((diagnostic) => findingLine(diagnostic, run.style)));
    run.say(
      errors > 0
        ? `${run.style.red('✗')} ${printable(file)}: ${count(errors, 'error')}, ${count(diagnostics.length - errors, 'other finding')}.`
        : `${run.style.green('✓')} ${printable(file)} is valid${diagnostics.length > 0 ? `, with ${count(diagnostics.length, 'finding')}` : ''}.`,
    );
    const short = diagnostics.map(({ file, line, column, severity, code, message }) => {
      return { file, line, column, severity, code, message };
    });
    run.answer({ diagnostics: short });
    return errors > 0 ? EXIT.manifest : EXIT.done;
  },
});

function findingLine({ file, line, column, severity, code, message }: ManifestDiagnostic, style: Style): string {
  const paint = severity === 'error' ? style.red : severity === 'warning' ? style.yellow : style.cyan;
  return `${printable(file)}:${line}:${column}: ${paint(severity)}: ${printable(message)} ${style.dim(`(${code})`)}`;
}
