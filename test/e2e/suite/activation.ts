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

  it('shows every registered command in the palette or a menu', async () => {
    const extension = extensions.getExtension(ID);
    assert.ok(extension);
    const listed: { command: string }[] = extension.packageJSON.contributes.commands;
    const contributed = new Set(listed.map(({ command }) => command));
    const registered = (await commands.getCommands(true)).filter((id) => /^nethsm-replication\.\w+$/.test(id));
    assert.deepEqual(
      registered.filter((id) => !contributed.has(id)),
      [],
    );
  });

  it('takes little time of its own', () => {
    // Measured by the extension itself; what VS Code adds is not ours.
    const took = extensions.getExtension(ID)?.exports?.activationMs;
    assert.ok(took < 50, `${took} ms`);
  });
});
