/** Runs a command of the engine: progress that can be cancelled, then a notification with what became of it. */
import { commands, l10n, ProgressLocation, Uri, window, workspace } from 'vscode';
import type { CommandName, CommandParams, CommandResult, Progress } from '../../server/operations/protocol.ts';
import type { Client } from '../client.ts';
import { toEngineProblem } from '../engine/engine-problem.ts';
import { titles } from '../views/titles.ts';
import { count } from '../views/words.ts';
import { applyEdit } from './apply-edit.ts';

/** Commands that carry no keys: their sentence is enough. */
const WITHOUT_FIGURES: readonly CommandName[] = [
  'doctor',
  'addDevice',
  'pair',
  'startPractice',
  'switchover',
  'failover',
  'rejoin',
  'breakGlass',
];

let operations = 0;

/** Asks the engine and shows how far it is; what went wrong before anything was done is a result too. */
export async function carryOut<C extends CommandName>(
  client: Client,
  command: C,
  about: string,
  params: CommandParams[C],
): Promise<CommandResult> {
  const title = about === '' ? titles()[command] : l10n.t('{0}: {1}', titles()[command], about);
  const operation = `${process.pid}-${++operations}`;
  const result = await window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      let reached = 0;
      let stopping = false;
      const news = client.engine.onNews('nethsm/progress', (step) => {
        if (step.operation !== operation || stopping) return;
        const at = step.total ? Math.min(100, (100 * step.done) / step.total) : reached;
        progress.report({ message: progressText(step), increment: Math.max(0, at - reached) });
        reached = Math.max(reached, at);
      });
      const cancel = token.onCancellationRequested(() => {
        stopping = true;
        progress.report({ message: l10n.t('stopping at the next safe point…') });
      });
      try {
        return await client.engine.ask(`nethsm/do/${command}` as const, { ...params, operation } as never, token);
      } catch (error) {
        return asResult(error);
      } finally {
        news.dispose();
        cancel.dispose();
      }
    },
  );
  client.log.info(`${title}: ${result.ended}, asked ${result.asked}, done ${result.done}, verified ${result.verified}`);
  if (result.edit !== undefined) await applyEdit(result.edit);
  void tell(client, title, result, !WITHOUT_FIGURES.includes(command));
  void client.refresher.afterCommand();
  return result as CommandResult;
}

const progressText = ({ phase, done, total, unit }: Progress): string => {
  if (unit === 'bytes')
    return total === undefined ? phase : l10n.t('{0} ({1}%)', phase, Math.floor((100 * done) / total));
  return total === undefined ? phase : l10n.t('{0} ({1} of {2})', phase, count(done), count(total));
};

function asResult(error: unknown): CommandResult {
  const { data } = toEngineProblem(error);
  return {
    ended: data.kind === 'cancelled' ? 'cancelled' : data.kind === 'refused' ? 'refused' : 'failed',
    asked: 0,
    done: 0,
    verified: 0,
    summary: data.cause,
    details: `# ${data.cause}\n\n${data.place}\n\n${data.remedy}.\n`,
    problem: data,
  };
}

/** The notification at the end: one sentence, three figures, and a way to the details. */
async function tell(client: Client, title: string, result: CommandResult, carries: boolean): Promise<void> {
  const { ended, asked, done, verified, summary, problem, file } = result;
  // Sentences of the engine have them already where keys were carried.
  const figures =
    asked > 0 && carries && !/verified|read back/.test(summary)
      ? l10n.t('Asked {0}, done {1}, verified {2}.', count(asked), count(done), count(verified))
      : '';
  const remedy = problem === undefined || ended === 'cancelled' ? '' : `${problem.remedy}.`;
  const sentence = /[.!?]$/.test(summary) ? summary : `${summary}.`;
  const isHalf = ended === 'cancelled' && asked > 0;
  const text = [isHalf && l10n.t('Stopped, as asked.'), sentence, figures, remedy].filter(Boolean).join(' ');
  const details = l10n.t('Details');
  const open = l10n.t('Show File');
  const isText = file !== undefined && /\.ya?ml$/.test(file);
  const buttons = [details, ...(isText ? [open] : [])];
  const show =
    ended === 'done' || ended === 'nothing-to-do'
      ? window.showInformationMessage
      : ended === 'failed'
        ? window.showErrorMessage
        : window.showWarningMessage;
  const answer = await show(text, ...buttons);
  if (answer === details) await showDetails(client, title, result.details);
  if (answer === open && file !== undefined) await window.showTextDocument(Uri.file(file));
}

/** The details of a result as a document. */
export async function showDetails(client: Client, title: string, text: string): Promise<void> {
  const uri = client.documents.keep(title.replaceAll(/[/\\:]+/g, ' '), text);
  // Rendered; as text where the editor's Markdown features are switched off.
  await commands
    .executeCommand('markdown.showPreview', uri)
    .then(undefined, async () => window.showTextDocument(await workspace.openTextDocument(uri), { preview: true }));
}
