import { Writable } from 'node:stream';
import type { Surroundings } from './streams.ts';

/** Whether a person sits there to answer: questions go to stderr, so stdout may be a pipe. */
export const canAsk = (around: Surroundings): boolean => around.stdin.isTTY === true && around.stderr.isTTY === true;

async function ask(around: Surroundings, question: string, echo: boolean, signal: AbortSignal): Promise<string> {
  const { createInterface } = await import('node:readline');
  around.stderr.write(question);
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (echo) around.stderr.write(String(chunk));
      done();
    },
  });
  const lines = createInterface({ input: around.stdin, output, terminal: true, historySize: 0 });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const stop = (): void => reject(signal.reason ?? new DOMException('stopped', 'AbortError'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  lines.once('line', resolve);
  // In raw mode Ctrl-C arrives here as a key, not as a signal.
  lines.once('SIGINT', stop);
  lines.once('close', stop);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
    // Its own listeners must stay until it is closed, else it would go on echoing what the next question hides.
    lines.close();
    if (!echo) around.stderr.write('\n');
  }
}

/** Asks for a secret without showing what is typed. Call only when {@link canAsk}. */
export const askSecret = (around: Surroundings, question: string, signal: AbortSignal): Promise<string> =>
  ask(around, `${question}: `, false, signal);

/** Asks for a yes; anything else is a no. Call only when {@link canAsk}. */
export async function askYes(around: Surroundings, question: string, signal: AbortSignal): Promise<boolean> {
  const answer = await ask(around, `${question} [y/N] `, true, signal);
  return /^\s*(y|yes)\s*$/i.test(answer);
}
