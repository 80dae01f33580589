import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVault, type Notebook, type SecretPurpose, secretKey } from '../../client/secrets/vault.ts';

const PURPOSE: SecretPurpose = {
  manifest: 'file:///m.nethsm.yaml',
  owner: 'oslo',
  credential: 'administrator',
  places: [
    { origin: 'https://oslo', pin: 'sha256:aa' },
    { origin: 'https://oslo-2', pin: 'sha256:bb' },
  ],
};

/** A machine with a secret storage and a notebook; each vault is a session on it. */
function makeMachine() {
  const secrets = new Map<string, string>();
  const notes = new Map<string, unknown>();
  const shelf = {
    get: async (key: string) => secrets.get(key),
    store: async (key: string, value: string) => void secrets.set(key, value),
    delete: async (key: string) => void secrets.delete(key),
  };
  const notebook: Notebook = {
    get: (key) => notes.get(key) as never,
    update: async (key, value) => void (value === undefined ? notes.delete(key) : notes.set(key, value)),
  };
  let sessions = 0;
  return { secrets, notes, start: () => createVault(shelf, notebook, `session ${++sessions}`) };
}

test('a secret is kept once the device took it, and survives the session', async () => {
  const machine = makeMachine();
  const vault = machine.start();
  vault.given(PURPOSE, 'hunter2');
  assert.equal(await vault.kept(PURPOSE), undefined);
  await vault.outcome({ ...PURPOSE, accepted: true });
  assert.equal(await machine.start().kept(PURPOSE), 'hunter2');
  assert.ok(!JSON.stringify([...machine.notes]).includes('hunter2'));
});

test('a refused secret is forgotten, a kept one too', async () => {
  const vault = makeMachine().start();
  vault.given(PURPOSE, 'right');
  await vault.outcome({ ...PURPOSE, accepted: true });
  vault.given(PURPOSE, 'wrong');
  await vault.outcome({ ...PURPOSE, accepted: false });
  assert.equal(await vault.kept(PURPOSE), undefined);
});

test('another address or public key is another secret; the order of nodes does not matter', async () => {
  const vault = makeMachine().start();
  vault.given(PURPOSE, 'hunter2');
  await vault.outcome({ ...PURPOSE, accepted: true });
  const [first, second] = PURPOSE.places;
  assert.ok(first && second);
  assert.equal(await vault.kept({ ...PURPOSE, places: [second, first] }), 'hunter2');
  assert.equal(await vault.kept({ ...PURPOSE, places: [first] }), undefined);
  assert.equal(await vault.kept({ ...PURPOSE, places: [first, { ...second, pin: 'sha256:cc' }] }), undefined);
  assert.equal(await vault.kept({ ...PURPOSE, credential: 'backup' }), undefined);
});

test('the passphrase of all archives is kept by manifest, and forgotten with it', async () => {
  const machine = makeMachine();
  const vault = machine.start();
  const archives = { ...PURPOSE, owner: '', credential: 'archivePassphrase', places: [] };
  const ofAnother = { ...archives, manifest: 'file:///other.nethsm.yaml' };
  for (const purpose of [archives, ofAnother]) {
    vault.given(purpose, `of ${purpose.manifest}`);
    await vault.outcome({ ...purpose, accepted: true });
  }
  const later = machine.start();
  assert.equal(await later.kept(archives), `of ${archives.manifest}`);
  assert.equal(await later.kept(ofAnother), `of ${ofAnother.manifest}`);
  assert.equal(await later.forget({ manifest: archives.manifest }), 1);
  assert.equal(await later.kept(archives), undefined);
  assert.equal(await later.kept(ofAnother), `of ${ofAnother.manifest}`);
});

test('the passphrase of a file is never kept', async () => {
  const machine = makeMachine();
  const vault = machine.start();
  const file = { ...PURPOSE, owner: 'some.nethsm-archive', credential: 'archivePassphrase', places: [] };
  vault.given(file, 'hunter2');
  await vault.outcome({ ...file, accepted: true });
  assert.equal(await vault.kept(file), undefined);
  assert.equal(machine.secrets.size, 0);
});

test('forgetting takes what is meant and counts it', async () => {
  const machine = makeMachine();
  const vault = machine.start();
  for (const owner of ['oslo', 'bergen']) {
    vault.given({ ...PURPOSE, owner }, `of ${owner}`);
    await vault.outcome({ ...PURPOSE, owner, accepted: true });
  }
  assert.equal(await vault.forget({ device: 'oslo' }), 1);
  assert.equal(await vault.kept(PURPOSE), undefined);
  assert.equal(await vault.kept({ ...PURPOSE, owner: 'bergen' }), 'of bergen');
  assert.equal(await vault.forget({}), 1);
  assert.ok(!machine.secrets.has(secretKey({ ...PURPOSE, owner: 'bergen' })));
});

test('a storage that lives in memory only is noticed in the next session, once', async () => {
  const machine = makeMachine();
  const first = machine.start();
  first.given(PURPOSE, 'hunter2');
  await first.outcome({ ...PURPOSE, accepted: true });
  assert.equal(await first.forgetful(), false);
  assert.equal(await machine.start().forgetful(), false);
  machine.secrets.clear();
  const later = machine.start();
  assert.equal(await later.forgetful(), true);
  assert.equal(await later.forgetful(), false);
});
