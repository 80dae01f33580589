import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setBackupPassphrase } from '../../core/device/config.ts';
import { listKeys } from '../../core/device/keys.ts';
import { brandRestoreBody, postRestore } from '../../core/device/restore.ts';
import { unlock } from '../../core/device/unlock.ts';
import { createUser, setUserPassphrase } from '../../core/device/users.ts';
import { isProblem } from '../../core/problem.ts';
import { connect, json, type Seen, startServer, type TestServer } from './support.ts';

/** A device that knows one passphrase, and answers after a moment. */
async function withDevice(
  run: (server: TestServer, set: (passphrase: string) => void) => Promise<void>,
): Promise<void> {
  let right = 'rightrightright';
  const server = await startServer((seen, response) => {
    setTimeout(() => {
      if (seen.path.endsWith('/unlock'))
        return json(response, isRight(seen, right) ? 204 : 403, { message: 'not authenticated' });
      if (seen.path.endsWith('/backup-passphrase')) {
        return json(response, isRight(seen, right) ? 204 : 403, { message: 'backup passphrase is incorrect.' });
      }
      const sent = Buffer.from((seen.headers.authorization ?? '').slice(6), 'base64').toString();
      if (sent.startsWith('root:')) return json(response, 204);
      return sent.endsWith(`:${right}`) ? json(response, 200, []) : json(response, 401);
    }, 5);
  });
  try {
    await run(server, (passphrase) => {
      right = passphrase;
    });
  } finally {
    await server.close();
  }
}

function isRight({ body }: Seen, right: string): boolean {
  const { passphrase, currentPassphrase } = JSON.parse(body.toString()) as Record<string, string>;
  return (passphrase ?? currentPassphrase) === right;
}

const root = { user: 'root', passphrase: 'rootrootroot' };
const wrong = { user: 'ns1~x', passphrase: 'wrongwrongwrong' };
const right = { user: 'ns1~x', passphrase: 'rightrightright' };

async function isRefused(attempt: Promise<unknown>): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(isProblem(error, 'unauthorised'), String(error));
    assert.doesNotMatch(`${error.stack}${JSON.stringify(error)}`, /wrongwrong|rightright/);
    return true;
  });
}

test('a wrong passphrase is sent once, however many ask at the same moment and by however many clients', () =>
  withDevice(async (server) => {
    await using one = connect(server.url);
    await using two = connect(server.url);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => isRefused(listKeys([one, two][i % 2]?.node ?? one.node, wrong))),
    );
    await isRefused(listKeys(one.node, wrong));
    assert.equal(server.seen.length, 1);
  }));

test('the right passphrase, and another user, are not held up by a wrong one', () =>
  withDevice(async (server) => {
    await using client = connect(server.url);
    await isRefused(listKeys(client.node, wrong));
    assert.deepEqual(await listKeys(client.node, right), []);
    await isRefused(listKeys(client.node, { ...wrong, user: 'ns1~y' }));
    assert.equal(server.seen.length, 3);
    const started = server.seen.length;
    await Promise.all(Array.from({ length: 10 }, () => listKeys(client.node, right)));
    assert.equal(server.seen.length, started + 10);
  }));

test('who waits for the first try can be cancelled', () =>
  withDevice(async (server) => {
    await using client = connect(server.url);
    const first = listKeys(client.node, right);
    await assert.rejects(listKeys(client.node, right, { signal: AbortSignal.timeout(1) }), (error) =>
      isProblem(error, 'cancelled'),
    );
    assert.deepEqual(await first, []);
  }));

test('a passphrase that was right and is refused later is not sent again', () =>
  withDevice(async (server, set) => {
    await using client = connect(server.url);
    await listKeys(client.node, right);
    set('another one');
    await isRefused(listKeys(client.node, right));
    await isRefused(listKeys(client.node, right));
    assert.equal(server.seen.length, 2);
  }));

test('wrong unlock and backup passphrases are tried once too; after the user was made or restored it is tried again', () =>
  withDevice(async (server, set) => {
    await using client = connect(server.url);
    for (let i = 0; i < 2; i++) {
      await isRefused(unlock(client.node, 'wrongwrongwrong'));
      await isRefused(setBackupPassphrase(client.node, root, { current: 'wrongwrongwrong', next: 'x' }));
      await isRefused(listKeys(client.node, wrong));
    }
    assert.equal(server.seen.length, 3);
    await unlock(client.node, 'rightrightright');
    await setBackupPassphrase(client.node, root, { current: 'rightrightright', next: 'x' });
    set(wrong.passphrase);
    await createUser(client.node, root, wrong.user, { realName: '', role: 'Operator', passphrase: wrong.passphrase });
    assert.deepEqual(await listKeys(client.node, wrong), []);
    set('other');
    await isRefused(listKeys(client.node, wrong));
    set(wrong.passphrase);
    await setUserPassphrase(client.node, root, wrong.user, wrong.passphrase);
    assert.deepEqual(await listKeys(client.node, wrong), []);
    set('other');
    await isRefused(listKeys(client.node, wrong));
    set(wrong.passphrase);
    await postRestore(client.node, root, brandRestoreBody({ kind: 'append', arguments: '{}', file: Buffer.from('x') }));
    assert.deepEqual(await listKeys(client.node, wrong), []);
  }));
