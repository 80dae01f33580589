import assert from 'node:assert/strict';
import { commands, extensions } from 'vscode';

const ID = 'nethsm-replication.nethsm-replication';

describe('activation', () => {
  it('registers every command of the palette', async () => {
    const extension = extensions.getExtension(ID);
    assert.ok(extension);
    await extension.activate();
    const known = new Set(await commands.getCommands(true));
    const wanted: { command: string }[] = extension.packageJSON.contributes.commands;
    assert.deepEqual(
      wanted.filter(({ command }) => !known.has(command)),
      [],
    );
  });
});
