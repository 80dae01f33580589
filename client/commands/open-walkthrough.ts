import { commands } from 'vscode';
import type { Client } from '../client.ts';

/** The first five minutes. */
export async function openWalkthrough({ extension }: Client): Promise<void> {
  await commands.executeCommand('workbench.action.openWalkthrough', `${extension.extension.id}#firstSteps`, false);
}
