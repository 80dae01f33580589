import { resolve } from 'node:path';
import { asProblem } from '../core/as-problem.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit.ts';
import { programHelp, verbHelp } from './help.ts';
import { type CommonValues, parseOptions, usageProblem } from './options.ts';
import { makeOutput, writeLines } from './output.ts';
import { problemJson, problemLines } from './report-problem.ts';
import { type ProgressDisplay, showProgress } from './terminal/progress.ts';
import type { Surroundings } from './terminal/streams.ts';
import { makeStyle, wantsColour } from './terminal/style.ts';
import { VERBS, type VerbEntry } from './verbs.ts';

/** The version of this program; a test holds it equal to package.json. */
export const VERSION = '0.1.0';

const find = (name: string | undefined): VerbEntry | undefined =>
  name !== undefined && Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;

/** Runs one command line and returns its exit code; never throws, never ends the process. */
export async function runProgram(argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  const [name = '--help', ...words] = argv;
  if (name === '--help' || name === '-h' || name === 'help') return showHelp(words[0], around);
  if (name === '--version') {
    around.stdout.write(`${VERSION}\n`);
    return EXIT.done;
  }
  const json = words.includes('--json');
  const display = showProgress(around.stderr, { quiet: json });
  const output = makeOutput(around, json, () => display.end());
  const stopNotes = [...STOP_NOTES];
  const interrupt = listenForInterrupt(around, display, stopNotes);
  try {
    const listed = find(name);
    if (listed === undefined) throw usageProblem('', `${JSON.stringify(name)} is no verb`);
    const { verb } = await listed.load();
    const parsed = parseOptions(name, verb.options, verb.positionals, words);
    if (parsed.values.help) return await showHelp(name, around);
    if (verb.stopNote !== undefined) stopNotes.splice(0, 2, verb.stopNote, verb.stopNote);
    const { signal } = interrupt;
    const work = { signal, onProgress: display.report };
    const settings = await readSettings(parsed.values, around);
    return await verb.run({ ...output, ...settings, around, signal, work }, parsed.values, parsed.words);
  } catch (error) {
    const problem = asProblem(error);
    display.end();
    writeLines(around.stderr, problemLines(problem, makeStyle(wantsColour(around.stderr, around.env))));
    if (!output.answered()) output.answer(problemJson(problem));
    return exitCodeOf(problem.kind);
  } finally {
    display.end();
    interrupt.off();
  }
}

async function readSettings(values: CommonValues, around: Surroundings) {
  const { stateFolder } = await import('../core/device/state-folder.ts');
  return {
    stateFolder(): string {
      if (values.state !== undefined) return resolve(around.cwd, values.state);
      try {
        return stateFolder(around.env, around.platform);
      } catch {
        throw usageProblem(
          '',
          'the environment names no home folder, so there is no place for the state; say --state DIR',
        );
      }
    },
    trustNewDevices: values['trust-new-devices'],
    allowCommands: values['allow-commands'],
  };
}

async function showHelp(name: string | undefined, around: Surroundings): Promise<ExitCode> {
  const style = makeStyle(wantsColour(around.stdout, around.env));
  const listed = find(name);
  const lines =
    listed === undefined || name === undefined
      ? programHelp(VERBS, style)
      : verbHelp(name, listed.summary, (await listed.load()).verb, style);
  writeLines(around.stdout, lines);
  return EXIT.done;
}

/** What a request to stop is answered with, the first and any further one. */
const STOP_NOTES = [
  'Stopping at the next safe point: what is on its way to a device is finished first.',
  'Still waiting for a safe point: a transfer that is cut half-way can block the device for good.',
];

/** The first request to stop fires the signal; further ones change nothing: an append must never be cut (hazard 6). */
function listenForInterrupt(
  around: Surroundings,
  display: ProgressDisplay,
  notes: readonly string[],
): { signal: AbortSignal; off(): void } {
  const stop = new AbortController();
  const off = around.onInterrupt(() => {
    display.end();
    around.stderr.write(`${notes[stop.signal.aborted ? 1 : 0]}\n`);
    if (!stop.signal.aborted) stop.abort(new DOMException('stopped, as asked', 'AbortError'));
  });
  return { signal: stop.signal, off };
}
