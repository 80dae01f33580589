import { makeOutput, writeLines } from '../output.ts';
import { runProgram } from '../program.ts';
import type { Run } from '../run.ts';
import type { Surroundings } from '../terminal/streams.ts';
import { makeStyle, wantsColour } from '../terminal/style.ts';
import { wrap } from '../terminal/text.ts';

const WIDTH = 84;

/** What the demonstration tells its story with. */
export interface Story {
  run: Run;
  /** A heading with its number. */
  chapter(title: string): void;
  /** A paragraph. */
  tell(text: string): void;
  /** Lines as they are. */
  show(...lines: string[]): void;
  /** Shows what was tried from the outside; throws when it is not so. */
  prove(holds: boolean, line: string): void;
  /** Shows a command and runs it as the command line does; throws unless it ends with the exit code that belongs here. */
  command(line: string, exit?: number): Promise<void>;
}

/** Makes a story whose commands run in this process. `state` goes to each of them unseen, so that lines stay short. */
export function makeStory(around: Surroundings, state: string, signal: AbortSignal): Story {
  const style = makeStyle(wantsColour(around.stdout, around.env));
  const output = makeOutput(around, false, () => {});
  let chapters = 0;
  const show = (...lines: string[]): void => writeLines(around.stdout, lines);
  return {
    run: {
      ...output,
      around,
      signal,
      work: { signal, onProgress: () => {} },
      stateFolder: () => state,
      trustNewDevices: true,
      allowCommands: false,
    },
    chapter(title) {
      chapters += 1;
      show('', style.bold(`${chapters}. ${title}`));
    },
    tell: (text) => show(...wrap(text, WIDTH - 3).map((line) => `   ${line}`)),
    show,
    prove(holds, line) {
      show(`   ${holds ? style.green('✓') : style.red('✗')} ${line}`);
      if (!holds) throw new Error(`the demonstration went wrong: ${line}`);
    },
    async command(line, exit = 0) {
      show('', `${style.dim('$')} ${style.cyan(`nethsm-replication ${line}`)}`);
      const code = await runProgram([...line.split(' '), '--state', state], around);
      if (code !== exit) throw new Error(`the demonstration went wrong: exit code ${code} in place of ${exit}`);
    },
  };
}
