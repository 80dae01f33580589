/** A proxy that is looked into, or a debugging server, sends a request back: nothing of it gets into an error. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setBackupPassphrase } from '../../core/device/config.ts';
import { createKey, importKey, listKeys } from '../../core/device/keys.ts';
import { brandRestoreBody, postRestore } from '../../core/device/restore.ts';
import { unlock } from '../../core/device/unlock.ts';
import { createUser } from '../../core/device/users.ts';
import { isProblem } from '../../core/problem.ts';
import { admin, connect, json, startServer } from './support.ts';

const quoted = { user: 'admin', passphrase: 'with "quotes" \\ in it' };
const key = { type: 'Generic', mechanisms: [] };
const restore = brandRestoreBody({ kind: 'append', arguments: '{}', file: Buffer.from('x') });

test('a request that comes back in an error shows none of its secrets', async () => {
  const server = await startServer(({ headers, body }, response) => {
    const text = `bad request: ${headers.authorization ?? 'nobody'} ${body.toString('latin1').slice(0, 150)}`;
    if (headers['content-type'] === undefined) response.writeHead(418).end(text);
    else json(response, 418, { message: text });
  });
  try {
    await using client = connect(server.url);
    const { node } = client;
    const secret = 'AAECAwQFBgcICQoLDA0ODw==';
    for (const [secrets, attempt] of [
      [[admin.passphrase], () => listKeys(node, admin)],
      [[quoted.passphrase], () => listKeys(node, quoted)],
      [['unlock-passphrase'], () => unlock(node, 'unlock-passphrase')],
      [
        ['the-old-one', 'the-new-one'],
        () => setBackupPassphrase(node, admin, { current: 'the-old-one', next: 'the-new-one' }),
      ],
      [
        ['of-a-new-user'],
        () => createUser(node, admin, 'u', { realName: 'U', role: 'Operator', passphrase: 'of-a-new-user' }),
      ],
      [[secret], () => createKey(node, admin, 'k', { ...key, private: { data: secret } })],
      [[secret, 'AAECAwQF'], () => importKey(node, admin, 'k', Buffer.from(`{"private":{"data":"${secret}"}}`))],
    ] as const) {
      await assert.rejects(attempt, (error) => {
        assert.ok(isProblem(error, 'unexpected'), String(error));
        const { authorization = 'nobody' } = server.seen.at(-1)?.headers ?? {};
        for (const one of [...secrets, authorization.replace('Basic ', '')]) {
          if (one === 'nobody') continue;
          assert.ok(
            !error.message.includes(one) && !error.message.includes(JSON.stringify(one).slice(1, -1)),
            error.message,
          );
        }
        return true;
      });
    }
    const { message } = await postRestore(node, admin, restore);
    assert.match(message ?? '', /bad request: Basic …/);
  } finally {
    await server.close();
  }
});

test('words that are also a passphrase still mean what they say', async () => {
  const server = await startServer((_, response) => json(response, 403, { message: 'passphrase is incorrect' }));
  try {
    await using client = connect(server.url);
    for (const cause of [/current passphrase is another one \(it said: … is incorrect\)/, /refused .* before/]) {
      await assert.rejects(
        setBackupPassphrase(client.node, admin, { current: 'passphrase', next: 'another-passphrase' }),
        (error) => isProblem(error, 'unauthorised') && cause.test(error.reason),
      );
    }
  } finally {
    await server.close();
  }
});
