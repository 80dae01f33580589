/** An archive is kept for years: one that version 0.1 wrote opens, with scrypt at its full price. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openArchive } from '../../core/transfer/archive/reader.ts';

const KEPT = Buffer.from(
  [
    'X05FVEhTTV9BUkNISVZFXwGN6yv8Vdvt3Eepk4a8vQMWAAAAaSsYoDReVh8AtNZvMmRWpKtkIxsFk3mxs4mMuipFgD7HERQlxxpo',
    'R3+74g41+JxgbR8G6owdGcoRbCjG/ZEPM4KB3RevzqFzPlXQJ1d/+LyR+TXkKXfuW5z2PoDtfuXpjCySVCN4rv1VegAAAEUikJtN',
    '2T5tv/wn93kHgairBazZhLcAzcnJIZ6c9G8ZjlkZXhqJBD5TC+QDU/44kN+jmLaheN5HP7RPyyJhmsr27NEKX20AAAA9VSMbVWf1',
    'WCZKkGYd4Hp3ZtMSIkclmVYT/hVQGvRN6IlikoppXE219ryPoFSscRylrlKR9wtZQnHT5mVo/gAAAAAAAADCdM9LTi+WIYBgCBTm',
    '21BiulRxmT4nsjC+0Tvoo0ujDniDpE2jnngldPc2FxxGn91Oj/gB1VfLx6/gpoLuJOyCPw0FzFKeJE+RWpZMU0cOoewxBw9DPreI',
    'MYUXWQvvkDC24wxcPitckIAiR8o9bDwNaVeOSG5TAkgoA7v1PCrhaZb9a4NGhxyeLv/20KzJWx0t43pFDSbCFFo6m5pntIAEuoZX',
    'saVwUUsPVtsgDmNFY8Dx/KowRp7maETRxemb0RL8uC4=',
  ].join(''),
  'base64',
);

test('an archive of version 0.1 opens and holds what was put into it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'archive-kept-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'kept');
  await writeFile(file, KEPT);
  const archive = await openArchive(file, 'archive passphrase');
  assert.deepEqual(archive.head, { namespace: 'payments', created: '2026-11-24T12:00:00.000Z', device: 'oslo' });
  const entries: [string, string][] = [];
  for await (const batch of archive.batches) {
    for (const { path, value } of batch) entries.push([path, Buffer.from(value).toString()]);
  }
  assert.deepEqual(entries, [
    ['/authentication/payments~app', 'sealed user'],
    ['/key/.payments/card-1', 'sealed key'],
  ]);
  const { keys, users, domain, release } = archive.inventory();
  assert.deepEqual(
    { keys, users, domain, release },
    { keys: 1, users: [{ name: 'app', role: 'Operator' }], domain: 'sha256:00', release: '5.0' },
  );
});
