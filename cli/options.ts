import { parseArgs } from 'node:util';
import { Problem } from '../core/problem.ts';

/** One option of a verb, as data: the parser and the help are made from it. */
export interface OptionSpec {
  help: string;
  /** Name of the value in the help, `N` in `--namespace N`; without it the option is a switch. */
  value?: string;
  required?: true;
  /** May be given several times. */
  multiple?: true;
}

export type OptionSpecs = Record<string, OptionSpec>;

/** What a switch, an option and a repeated option become. */
export type OptionValues<S extends OptionSpecs> = {
  [K in keyof S]: S[K] extends { value: string }
    ? S[K] extends { multiple: true }
      ? string[]
      : S[K] extends { required: true }
        ? string
        : string | undefined
    : boolean;
};

/** One word that stands without a name, `MANIFEST`. */
export interface PositionalSpec {
  name: string;
  help: string;
  optional?: true;
}

/** Options that every verb takes. */
export const COMMON_OPTIONS = {
  json: { help: 'Print one JSON document on stdout; everything for people goes to stderr.' },
  state: { value: 'DIR', help: 'Folder of known devices and journal. Default: the state folder of the platform.' },
  'trust-new-devices': {
    help: 'Accept devices that nobody confirmed yet, for automation. A changed pin is refused all the same.',
  },
  'allow-commands': {
    help: 'Run the "command:" sources of the manifest, and read files outside its folder.',
  },
  help: { help: 'Show this help.' },
} as const satisfies OptionSpecs;

export type CommonValues = OptionValues<typeof COMMON_OPTIONS>;

/** Which namespace: by name, or the keys outside any. */
export const SCOPE_OPTIONS = {
  namespace: { value: 'N', help: 'The namespace.' },
  root: { help: 'The keys outside any namespace, in place of --namespace.' },
} as const satisfies OptionSpecs;

const usage = (verb: string, cause: string): Problem =>
  new Problem({
    kind: 'usage',
    place: verb === '' ? 'nethsm-replication' : `nethsm-replication ${verb}`,
    cause,
    remedy: verb === '' ? 'See nethsm-replication --help' : `See nethsm-replication ${verb} --help`,
  });

/** A {@link Problem} for words that the command line does not understand. */
export const usageProblem = usage;

/**
 * Reads the words after the verb. Throws a Problem `usage` for an unknown option, a missing value, a missing or
 * superfluous word; with `--help` among them nothing else is checked.
 */
export function parseOptions<S extends OptionSpecs>(
  verb: string,
  specs: S,
  positionals: readonly PositionalSpec[],
  words: readonly string[],
): { values: OptionValues<S> & CommonValues; words: string[] } {
  const all: OptionSpecs = { ...specs, ...COMMON_OPTIONS };
  const parsed = parse(verb, all, words);
  const values = Object.fromEntries(
    Object.entries(all).map(([name, spec]) => {
      const given = parsed.values[name];
      return [name, spec.value === undefined ? given === true : spec.multiple === true ? (given ?? []) : given];
    }),
  );
  if (values.help !== true) checkComplete(verb, all, positionals, values, parsed.positionals);
  return { values: values as OptionValues<S> & CommonValues, words: parsed.positionals };
}

function parse(verb: string, specs: OptionSpecs, words: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [
      name,
      {
        type: spec.value === undefined ? ('boolean' as const) : ('string' as const),
        ...(spec.multiple === true && { multiple: true }),
        ...(name === 'help' && { short: 'h' }),
      },
    ]),
  );
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node's messages name the option and end with advice of their own.
    const message = error instanceof Error ? error.message : '';
    throw usage(verb, (message.split(/\.\s|\n/)[0] ?? '').replace(/\.$/, '').replaceAll("'", '"'));
  }
}

function checkComplete(
  verb: string,
  specs: OptionSpecs,
  positionals: readonly PositionalSpec[],
  values: Record<string, unknown>,
  words: readonly string[],
): void {
  const missing = positionals[words.length];
  if (missing !== undefined && missing.optional !== true) throw usage(verb, `${missing.name} is missing`);
  if (words.length > positionals.length) {
    throw usage(verb, `${JSON.stringify(words[positionals.length])} is one word too many`);
  }
  for (const [name, spec] of Object.entries(specs)) {
    if (spec.required === true && values[name] === undefined) throw usage(verb, `--${name} ${spec.value} is missing`);
    if (values[name] === '') throw usage(verb, `--${name} is empty`);
  }
}
