import { PassThrough } from 'node:stream';
import { runProgram } from '../../cli/program.ts';
import type { Surroundings } from '../../cli/terminal/streams.ts';

/** What a run of the command line did. */
export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Whether a person sits at a terminal. */
  tty?: boolean;
  /** What that person types, as soon as a question that matches was shown; each answer is given once. */
  answers?: [question: RegExp, answer: string][];
  /** Gets the function that asks the run to stop. */
  interrupt?: (stop: () => void) => void;
  /** Told what it prints on stdout, as it does. */
  onStdout?: (text: string) => void;
}

/** Runs the command line in this process, with surroundings of its own. */
export async function runCli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const result = { stdout: '', stderr: '' };
  const add = (stream: 'stdout' | 'stderr', text: string): void => {
    result[stream] += text;
  };
  const tty = options.tty === true;
  const answers = [...(options.answers ?? [])];
  const stdin = Object.assign(new PassThrough(), { isTTY: tty });
  let unanswered = '';
  const around: Surroundings = {
    stdout: {
      isTTY: tty,
      columns: 100,
      write(text) {
        add('stdout', text);
        options.onStdout?.(text);
      },
    },
    stderr: {
      isTTY: tty,
      columns: 100,
      write(text) {
        add('stderr', text);
        unanswered += text;
        const [next] = answers;
        if (next?.[0].test(unanswered)) {
          answers.shift();
          unanswered = '';
          setTimeout(() => stdin.write(`${next[1]}\n`), 5);
        }
      },
    },
    stdin,
    env: { HOME: '/nonexistent', ...options.env },
    cwd: options.cwd ?? process.cwd(),
    platform: 'linux',
    onInterrupt(listener) {
      options.interrupt?.(listener);
      return () => {};
    },
  };
  const code = await runProgram(argv, around);
  return { code, ...result };
}

/** The one JSON document of a run; throws when stdout holds anything else. */
export const jsonOf = (result: CliResult): Record<string, unknown> => JSON.parse(result.stdout);
