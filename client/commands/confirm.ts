/** Questions before something is changed: in numbers, and with a typed name where much may be lost. */
import { l10n, ProgressLocation, window } from 'vscode';
import type { Preview, PreviewParams } from '../../server/operations/protocol.ts';
import type { Client } from '../client.ts';
import { EngineProblem } from '../engine/engine-problem.ts';
import { orWithdraw } from './choose.ts';
import { Withdrawn } from './withdrawn.ts';

/** What a person agreed to. */
export interface Agreed {
  premise: string;
  typed: string;
  acceptLoss: boolean;
}

/** Shows what a command would change and what may be lost, and has it confirmed. Throws when it can't be done or isn't wanted. */
export async function confirmEffect(
  client: Client,
  title: string,
  button: string,
  params: PreviewParams,
  showPlan?: () => Thenable<unknown>,
): Promise<Agreed> {
  const looking = {
    location: ProgressLocation.Notification,
    title: l10n.t('{0} Looking at what it would change', title),
  };
  const preview = await window.withProgress({ ...looking, cancellable: true }, (_progress, token) =>
    client.engine.ask('nethsm/preview', params, token),
  );
  if (preview.problem !== undefined) throw new EngineProblem(preview.problem);
  await agree(client, title, button, preview, showPlan);
  const typed = preview.mustType === undefined ? '' : await typeName(client, title, preview.mustType);
  return { premise: preview.premise, typed, acceptLoss: preview.mustAccept };
}

async function agree(
  client: Client,
  title: string,
  button: string,
  preview: Preview,
  showPlan: (() => Thenable<unknown>) | undefined,
): Promise<void> {
  const { changes, losses, mustAccept, hasPlan } = preview;
  const detail = [
    ...changes.map((line) => `• ${line}`),
    ...(losses.length > 0 ? ['', l10n.t('What may be lost:'), ...losses.map((line) => `• ${line}`)] : []),
  ].join('\n');
  const accept = mustAccept ? l10n.t('{0}, and Accept the Loss', button) : button;
  const plan = l10n.t('Show Plan');
  const buttons = [accept, ...(hasPlan && showPlan !== undefined ? [plan] : [])];
  const answer = await client.refresher.whileChoosing(() =>
    window.showWarningMessage(title, { modal: true, detail }, ...buttons),
  );
  if (answer === plan && showPlan !== undefined) {
    await showPlan();
    throw new Withdrawn();
  }
  if (answer !== accept) throw new Withdrawn();
}

/** Has a name typed: what doesn't fit is said while typing, and it is looked at again after the box closed. */
export async function typeName(client: Client, title: string, name: string): Promise<string> {
  const fits = (text: string) => text === name;
  const typed = await orWithdraw(
    client.refresher.whileChoosing(() =>
      window.showInputBox({
        title,
        prompt: l10n.t('Type {0} to say that you mean it.', name),
        placeHolder: name,
        ignoreFocusOut: true,
        validateInput: (text) => (fits(text) ? undefined : l10n.t('This is not “{0}” yet.', name)),
      }),
    ),
  );
  if (!fits(typed)) throw new Withdrawn();
  return typed;
}
