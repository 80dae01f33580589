/** recover, on a journal alone: what is listed, what is written, and what is refused. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseKeyId, parseNamespace } from '../../core/names.ts';
import { journalFile, openJournal } from '../../core/replication/journal/open-journal.ts';
import { verifyArchive } from '../../core/transfer/backup-namespace.ts';
import { type CliResult, jsonOf, runCli } from './run-cli.ts';

const PASSPHRASE = 'archive passphrase';
const START = Date.UTC(2026, 10, 24, 12);
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recover-'));
  const manifest = join(folder, 'site.nethsm.yaml');
  await writeFile(
    manifest,
    `version: 1
devices:
  oslo: { url: 'http://127.0.0.1:1/api/v1' }
  bergen: { url: 'http://127.0.0.1:2/api/v1' }
namespaces:
  payments: { primary: oslo, replicas: [bergen] }
`,
  );
  const { journal } = openJournal(journalFile(join(folder, 'state'), manifest));
  const taken = (id: string, minute: number, domain = 'd1', byte = 1): void =>
    journal.archiveValue({
      namespace: parseNamespace('payments'),
      device: 'bergen',
      id: id.startsWith('user ') ? (id as never) : parseKeyId(id),
      at: START + minute * 60_000,
      domain,
      reason: 'gone on oslo',
      value: Buffer.alloc(100, byte),
    });
  taken('card-0', 0, 'd0');
  taken('card-1', 1);
  taken('card-1', 2, 'd1', 2);
  taken('user app', 3);
  taken('card-2', 4);
  journal.close();
});
after(() => rm(folder, { recursive: true }));

const cli = (...words: string[]): Promise<CliResult> =>
  runCli(['recover', 'site.nethsm.yaml', '--namespace', 'payments', ...words, '--state', join(folder, 'state')], {
    cwd: folder,
    env: { NETHSM_BACKUP_PASSPHRASE: PASSPHRASE },
  });

test('keys are listed as they were taken out; users are none', async () => {
  const { code, stdout } = await cli();
  assert.equal(code, 0);
  assert.match(stdout, /card-0 +bergen +2026-11-24 12:00:00 UTC +gone on oslo/);
  assert.match(stdout, /4 values kept/);
  assert.doesNotMatch(stdout, /app/);
  const { keys } = jsonOf(await cli('--since', '2026-11-24T12:02:00Z', '--json')) as { keys: { id: string }[] };
  assert.deepEqual(
    keys.map(({ id }) => id),
    ['card-1', 'card-2'],
  );
});

test('the last value of each key goes into an archive; those of another domain are named', async () => {
  const result = await cli('--out', 'all.nethsm-archive');
  assert.equal(result.code, 0);
  assert.match(result.stdout, /2 keys of payments that replication took out, sealed and verified/);
  assert.match(result.stdout, /1 key of another Domain Key left out \(card-0\)/);
  const archive = await verifyArchive(join(folder, 'all.nethsm-archive'), PASSPHRASE);
  assert.deepEqual([archive.keys, archive.domain, archive.device], [2, 'd1', 'bergen']);
  assert.equal((await cli('--key', 'card-0', '--out', 'zero.nethsm-archive')).code, 0);
  assert.equal((await verifyArchive(join(folder, 'zero.nethsm-archive'), PASSPHRASE)).domain, 'd0');
  assert.equal((await cli('--out', 'all.nethsm-archive')).code, 1, 'a file that is there stays');
});

test('what is not there is said, and a moment that is none', async () => {
  const none = await cli('--key', 'card-9', '--out', 'nine.nethsm-archive');
  assert.equal(none.code, 1);
  assert.match(none.stderr, /the journal holds no value of card-9/);
  assert.equal((await cli('--since', 'yesterday')).code, 1);
});
