import { l10n } from 'vscode';
import type { Cannot, CommandName } from '../../server/operations/protocol.ts';
import { safe } from './tooltip.ts';

/** Those of some commands that can work now: words for the context value of a node. */
export const can = (cannot: Cannot, commands: readonly CommandName[]): CommandName[] =>
  commands.filter((command) => cannot[command] === undefined);

/** Why others can't, a line each, for the tooltip. That nothing is paused needs no saying. */
export function whyNot(cannot: Cannot, titles: Partial<Record<CommandName, string>>): string | undefined {
  const told = Object.entries(cannot).filter(
    ([command]) => command in titles && command !== 'pause' && command !== 'resume',
  );
  const reasons = Map.groupBy(told, ([, reason]) => reason);
  const lines = [...reasons].map(([reason, group]) => {
    const names = group.map(([command]) => titles[command as CommandName]).join(', ');
    return `- ${names}: ${safe(reason)}`;
  });
  return lines.length === 0 ? undefined : `---\n${l10n.t('Not now:')}\n${lines.join('\n')}`;
}
