import { commands, type Disposable, l10n, window } from 'vscode';
import type { Client } from '../client.ts';
import { sentenceOf, toEngineProblem } from '../engine/engine-problem.ts';
import { COMMANDS, type CommandRun } from './registry.ts';
import { Withdrawn } from './withdrawn.ts';

/** Registers all commands: they exist whether the engine runs or not. */
export const registerCommands = (client: Client): Disposable[] =>
  Object.entries(COMMANDS).map(([id, run]) =>
    commands.registerCommand(`nethsm-replication.${id}`, (given?: unknown, selection?: unknown) =>
      guarded(client, run, given, selection),
    ),
  );

/** A person who turns away is no error; what went wrong is said with its remedy. */
async function guarded(client: Client, run: CommandRun, given: unknown, selection: unknown): Promise<void> {
  try {
    await run(client, given, selection);
  } catch (error) {
    if (error instanceof Withdrawn) return;
    const problem = toEngineProblem(error);
    if (problem.data.kind === 'cancelled') return;
    client.log.error(problem.message);
    const log = l10n.t('Open Log');
    const show = problem.data.kind === 'refused' ? window.showWarningMessage : window.showErrorMessage;
    void show(sentenceOf(problem.data), log).then((answer) => answer === log && client.log.show());
  }
}
