import { startLanguageServer } from '../../server/main.ts';
import { EXIT } from '../exit.ts';
import { usageProblem } from '../options.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  about: [
    'The language server for replication manifests (*.nethsm.yaml), for any editor that speaks the Language Server Protocol. It talks over stdin and stdout until the editor ends it, and never to a device.',
  ],
  positionals: [],
  options: { stdio: { help: 'Talk over stdin and stdout; the only way there is.' } },
  examples: [['language-server --stdio', 'what an editor is told to start']],
  stopNote: 'Stopping the language server.',
  async run(run, values) {
    if (!values.stdio) throw usageProblem('language-server', '--stdio is missing');
    startLanguageServer();
    // From here on the connection ends the process; a signal ends the connection.
    await new Promise<void>((resolve) => run.signal.addEventListener('abort', () => resolve(), { once: true }));
    process.stdin.destroy();
    return EXIT.done;
  },
});
