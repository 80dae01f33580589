/** An agent that is to make backups and has no passphrase for them: that is told when it starts. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runCli } from './run-cli.ts';

const TOLD = /"no backup can be made: [^"]*Set NETHSM_BACKUP_PASSPHRASE\."/;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-backups-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** What the agent prints until it said that, or for some seconds. */
async function firstWords(backups: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const own = await mkdtemp(join(folder, 'site-'));
  const manifest = join(own, 'site.nethsm.yaml');
  await writeFile(
    manifest,
    `version: 1
devices:
  oslo: { url: "http://127.0.0.1:9/api/v1", credentials: { administrator: { user: admin }, backup: { user: backup1 } } }
  bergen: { url: "http://127.0.0.1:9/api/v2", credentials: { administrator: { user: admin }, backup: { user: backup1 } } }
namespaces:
  payments: { primary: oslo, replicas: [bergen], administrator: { user: replicator }, backups: ${backups} }
`,
  );
  let stop = (): void => {};
  const { stdout } = await runCli(
    ['run', manifest, '--state', join(own, 'state'), '--listen', '127.0.0.1:0', '--trust-new-devices'],
    {
      env,
      interrupt: (ask) => {
        stop = ask;
        setTimeout(ask, 10_000).unref();
      },
      onStdout: (text) => {
        if (TOLD.test(text)) stop();
      },
    },
  );
  return stdout;
}

test('scheduled backups without a passphrase are told of at once, and nothing else is', async () => {
  const scheduled = '{ directory: ./backups, schedule: "0 3 1 1 *", timeZone: UTC }';
  assert.match(await firstWords(scheduled), TOLD);
  const [given, unscheduled] = await Promise.all([
    firstWords(scheduled, { NETHSM_BACKUP_PASSPHRASE: 'long enough for it' }),
    firstWords('{ directory: ./backups }'),
  ]);
  for (const words of [given, unscheduled]) {
    assert.match(words, /"listen"/);
    assert.doesNotMatch(words, TOLD);
  }
});
