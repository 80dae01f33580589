/** The box for a passphrase, in an editor that is none. */
import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import type { Vault } from '../../client/secrets/vault.ts';
import type { SecretParams } from '../../server/operations/protocol.ts';

interface Box {
  prompt: string;
  answer(text: string | undefined): void;
}
const boxes: Box[] = [];
const showInputBox = ({ prompt }: { prompt: string }) =>
  new Promise<string | undefined>((answer) => boxes.push({ prompt, answer }));
Object.assign(globalThis, { editorForTests: { showInputBox } });

const EDITOR = `data:text/javascript,${encodeURIComponent(`
  export const l10n = { t: (text, ...parts) => text.replace(/{(\\d)}/g, (_, at) => parts[at]) };
  export const window = globalThis.editorForTests;
`)}`;
registerHooks({
  resolve: (name, context, next) =>
    name === 'vscode' ? { url: EDITOR, format: 'module', shortCircuit: true } : next(name, context),
});
const { createSecretAnswer } = await import('../../client/secrets/ask-secret.ts');

const PLACES = [{ origin: 'https://oslo', pin: 'sha256:aa' }];
const wanted = (more: Partial<SecretParams>): SecretParams => ({
  ...{ manifest: 'file:///m', owner: 'oslo', credential: 'backupPassphrase', title: 'it', reason: 'to try' },
  ...{ places: PLACES, ...more },
});

/** An answer over a vault that keeps what the test says. */
function answering(kept: Record<string, string>) {
  const given: string[] = [];
  const vault: Partial<Vault> = {
    kept: async ({ owner }) => kept[owner],
    given: (_purpose, secret) => void given.push(secret),
    forgetful: async () => false,
  };
  return { answer: createSecretAnswer(vault as Vault), given };
}

test('a kept passphrase is given without a box, also while another box is open', async () => {
  const { answer, given } = answering({ oslo: 'kept' });
  const open = answer(wanted({ owner: 'bergen' }));
  assert.deepEqual(await answer(wanted({ keptOnly: true })), { secret: 'kept' });
  assert.equal(await answer(wanted({ owner: 'rome', keptOnly: true })), null);
  assert.equal(boxes.length, 1);
  boxes.shift()?.answer('typed');
  assert.deepEqual([await open, given], [{ secret: 'typed' }, ['typed']]);
  assert.deepEqual(await answer(wanted({})), { secret: 'kept' });
});

test('one that was refused is asked for again, and a box that is closed gives none', async () => {
  const { answer } = answering({ oslo: 'kept' });
  const again = answer(wanted({ refused: true }));
  await new Promise(setImmediate);
  assert.match(boxes[0]?.prompt ?? '', /^The device refused the last one/);
  boxes.shift()?.answer(undefined);
  assert.equal(await again, null);
});

test('the box says whether a passphrase is kept', async () => {
  const { answer } = answering({});
  const file = { credential: 'archivePassphrase', places: [] };
  for (const [params, words] of [
    [wanted({}), /goes to https:\/\/oslo only, and is kept/],
    [wanted({ ...file, owner: '' }), /kept in the editor’s secret storage once it was of use/],
    [wanted({ ...file, owner: 'some.nethsm-archive' }), /It is not kept/],
    [wanted({ ...file, owner: 'some.nethsm-archive', refused: true }), /did not open it/],
  ] as const) {
    const given = answer(params);
    await new Promise(setImmediate);
    assert.match(boxes[0]?.prompt ?? '', words);
    boxes.shift()?.answer(undefined);
    await given;
  }
});
