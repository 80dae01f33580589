import type { Output } from './run.ts';
import type { TextSink } from './terminal/streams.ts';
import { makeStyle, wantsColour } from './terminal/style.ts';

/** Writes lines, each with its line break. */
export function writeLines(sink: TextSink, lines: readonly string[]): void {
  if (lines.length > 0) sink.write(`${lines.join('\n')}\n`);
}

/**
 * The output of one run. `clear` takes a progress line away before anything is written over it.
 * A second JSON document is a mistake of ours and throws.
 */
export function makeOutput(
  streams: { stdout: TextSink; stderr: TextSink; env: NodeJS.ProcessEnv },
  json: boolean,
  clear: () => void,
): Output {
  const { stdout, stderr, env } = streams;
  const talk = json ? stderr : stdout;
  let answered = false;
  const write =
    (sink: TextSink) =>
    (...lines: string[]) => {
      clear();
      writeLines(sink, lines);
    };
  const claim = (): void => {
    if (answered) throw new RangeError('a second JSON document');
    answered = true;
    clear();
  };
  return {
    json,
    style: makeStyle(wantsColour(talk, env)),
    say: write(talk),
    note: write(stderr),
    table: json ? () => {} : write(stdout),
    answer(document) {
      if (!json) return;
      claim();
      stdout.write(`${JSON.stringify(document)}\n`);
    },
    async answerInPieces(pieces) {
      if (!json) return;
      claim();
      for await (const piece of pieces) stdout.write(piece);
    },
    answered: () => answered,
  };
}
