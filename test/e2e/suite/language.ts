import assert from 'node:assert/strict';
import { type CompletionList, commands, languages, Position, Uri, window, workspace } from 'vscode';
import { until } from './until.ts';

const manifest = async () => {
  const [folder] = workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return workspace.openTextDocument(Uri.joinPath(folder.uri, 'two-sites.nethsm.yaml'));
};

describe('a manifest', () => {
  it('is known by its name', async () => {
    assert.equal((await manifest()).languageId, 'nethsm-manifest');
  });

  it('is checked as it is typed', async () => {
    const document = await manifest();
    const editor = await window.showTextDocument(document);
    const at = document.positionAt(document.getText().indexOf('replicas: [bergen]'));
    await editor.edit((edit) => edit.insert(at.translate(0, 'replicas: ['.length), 'nowhere, '));
    const found = await until(() =>
      languages.getDiagnostics(document.uri).find(({ message }) => /nowhere/.test(message)),
    );
    assert.equal(found.source, 'nethsm');
    await commands.executeCommand('workbench.action.files.revert');
    await until(() => languages.getDiagnostics(document.uri).every(({ message }) => !/nowhere/.test(message)));
  });

  it('is completed', async () => {
    const document = await manifest();
    const line = document.getText().split('\n').indexOf('    primary: oslo');
    const list = await commands.executeCommand<CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      new Position(line, '    primary: '.length),
    );
    const labels = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    assert.ok(labels.includes('oslo') && labels.includes('bergen'), labels.join());
  });

  it('has lenses for what can be done', async () => {
    const document = await manifest();
    const lenses = await commands.executeCommand<{ command?: { title: string } }[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    const titles = lenses.map(({ command }) => command?.title);
    assert.ok(titles.includes('Synchronise'), titles.join());
  });
});
