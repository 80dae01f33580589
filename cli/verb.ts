import type { ExitCode } from './exit.ts';
import type { CommonValues, OptionSpecs, OptionValues, PositionalSpec } from './options.ts';
import type { Run } from './run.ts';

/** One verb of the command line. */
export interface Verb<S extends OptionSpecs = OptionSpecs> {
  /** Paragraphs of the help: what it does, what it relies on, what it leaves untouched. */
  about: readonly string[];
  positionals: readonly PositionalSpec[];
  options: S;
  /** Command lines without the program's name, each with what it does. */
  examples: readonly (readonly [line: string, meaning: string])[];
  /** What a request to stop is answered with, where no transfer could be under way. */
  stopNote?: string;
  run(run: Run, values: OptionValues<S> & CommonValues, words: readonly string[]): Promise<ExitCode>;
}

/** Checks a verb's options against its own use of them. */
export const defineVerb = <const S extends OptionSpecs>(verb: Verb<S>): Verb<S> => verb;
