import { COMMON_OPTIONS, type OptionSpec, type OptionSpecs } from './options.ts';
import type { Style } from './terminal/style.ts';
import { columns, wrap } from './terminal/text.ts';
import type { Verb } from './verb.ts';
import type { VerbEntry } from './verbs.ts';

const WIDTH = 88;
const PROGRAM = 'nethsm-replication';

/** Two columns; the second is wrapped under itself. */
function list(rows: readonly (readonly [string, string])[], least = 0): string[] {
  const left = Math.max(least, ...rows.map(([term]) => columns(term)));
  return rows.flatMap(([term, meaning]) =>
    wrap(meaning, WIDTH - left - 4).map((line, i) => `  ${(i === 0 ? term : '').padEnd(left)}  ${line}`.trimEnd()),
  );
}

const optionTerm = ([name, spec]: readonly [string, OptionSpec]): string =>
  `${name === 'help' ? '-h, ' : ''}--${name}${spec.value === undefined ? '' : ` ${spec.value}`}`;

function optionRows(specs: OptionSpecs): [string, string][] {
  return Object.entries(specs).map(([name, spec]) => [
    optionTerm([name, spec]),
    `${spec.help}${spec.required === true ? ' Required.' : ''}${spec.multiple === true ? ' May be repeated.' : ''}`,
  ]);
}

/** The help of the program: what it is for and its verbs. */
export function programHelp(verbs: Readonly<Record<string, VerbEntry>>, style: Style): string[] {
  const groups = [...new Set(Object.values(verbs).map((verb) => verb.group))];
  const width = Math.max(...Object.keys(verbs).map(columns));
  return [
    `${style.bold(PROGRAM)}: back up, copy and compare single namespaces and keys of Nitrokey`,
    'NetHSMs. Keys travel sealed, as the device stores them: no private key is ever in',
    'plaintext outside a device.',
    '',
    `${style.bold('Usage:')} ${PROGRAM} VERB [MANIFEST] [options]`,
    ...groups.flatMap((group) => [
      '',
      style.bold(`${group}:`),
      ...list(
        Object.entries(verbs)
          .filter(([, verb]) => verb.group === group)
          .map(([name, verb]) => [name, verb.summary] as const),
        width,
      ),
    ]),
    '',
    style.bold('Start here:'),
    ...list([
      [`${PROGRAM} practice`, 'two practice devices and a manifest for them'],
      [`${PROGRAM} VERB --help`, 'what a verb does, its options, examples'],
    ]),
    '',
    style.bold('Exit codes:'),
    ...list([
      ['0', 'done, or in sync'],
      ['1', 'failed'],
      ['2', 'drift was found'],
      ['3', 'the manifest is invalid'],
      ['4', 'refused for safety; the message says what to do'],
      ['5', 'done in part, or conflicts are left'],
    ]),
    '',
    `${style.bold('Secrets')} come from the sources that the manifest names, else from the environment:`,
    ...list([
      ['NETHSM_<DEVICE>_ADMINISTRATOR', 'passphrase of the R-Administrator of a device'],
      ['NETHSM_<DEVICE>_BACKUP', 'passphrase of its Backup user'],
      ['NETHSM_<DEVICE>_BACKUP_PASSPHRASE', 'the backup passphrase that is set on it'],
      ['NETHSM_<DEVICE>_UNLOCK_PASSPHRASE', 'its unlock passphrase'],
      ['NETHSM_<NAMESPACE>_NAMESPACE_ADMINISTRATOR', 'passphrase of our N-Administrator there'],
      ['NETHSM_BACKUP_PASSPHRASE', 'passphrase of a backup file or sealed archive'],
      ['NETHSM_UNLOCK_PASSPHRASE', 'unlock passphrase that opens what is in a file'],
    ]),
    '  Names are in capitals, "-" and "." become "_". On a terminal you are asked for the rest.',
  ];
}

/** The help of a verb. */
export function verbHelp(name: string, summary: string, verb: Verb, style: Style): string[] {
  const words = verb.positionals.map((spec) => (spec.optional === true ? `[${spec.name}]` : spec.name));
  const required = Object.entries(verb.options).filter(([, spec]) => spec.required === true);
  const head = [PROGRAM, name, ...words, ...required.map(optionTerm), '[options]'].join(' ');
  return [
    `${style.bold(`${name}:`)} ${summary.charAt(0).toLowerCase()}${summary.slice(1)}`,
    '',
    `${style.bold('Usage:')} ${head}`,
    ...verb.about.flatMap((paragraph) => ['', ...wrap(paragraph, WIDTH)]),
    ...(verb.positionals.length === 0
      ? []
      : ['', style.bold('Words:'), ...list(verb.positionals.map((spec) => [spec.name, spec.help] as const))]),
    ...(Object.keys(verb.options).length === 0 ? [] : ['', style.bold('Options:'), ...list(optionRows(verb.options))]),
    '',
    style.bold('Options of every verb:'),
    ...list(optionRows(COMMON_OPTIONS)),
    ...(verb.examples.length === 0 ? [] : ['', style.bold('Examples:')]),
    ...verb.examples.flatMap(([line, meaning]) => [`  ${style.dim(`# ${meaning}`)}`, `  ${PROGRAM} ${line}`]),
  ];
}
