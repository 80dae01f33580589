/**
 * Restoring 100,000 keys (or --keys N) by append, read-back included, against one create-only `PUT` a key on the same
 * practice device, which runs in a process of its own. `node bench/append.ts [--keys N] [--puts N]`
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { mapConcurrently } from '../core/concurrent.ts';
import { createKey } from '../core/device/keys.ts';
import { parseNamespace } from '../core/names.ts';
import { backupNamespace } from '../core/transfer/backup-namespace.ts';
import { pairDevices } from '../core/transfer/pair.ts';
import { isWhole } from '../core/transfer/report.ts';
import { restoreNamespace } from '../core/transfer/restore-namespace.ts';
import { createNamespace, provision, siteAt } from '../test/support/sites.ts';

const { values } = parseArgs({
  options: { keys: { type: 'string', default: '100000' }, puts: { type: 'string', default: '3000' } },
});
const [keys, puts] = [Number(values.keys), Number(values.puts)];
const NS = parseNamespace('payments');
const passphrase = 'bench passphrase';

const child = spawn(process.execPath, [join(import.meta.dirname, 'practice-process.ts')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
const nextLine = async (): Promise<string> => (await lines.next()).value as string;
const [osloUrl, bergenUrl] = JSON.parse(await nextLine()) as [string, string];
const [oslo, bergen] = [siteAt('oslo', osloUrl), siteAt('bergen', bergenUrl)];
const folder = await mkdtemp(join(tmpdir(), 'bench-'));
const deviceBackups = join(folder, 'device-backups');
const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

try {
  await provision(oslo);
  await provision(bergen);
  await createNamespace(oslo, NS);
  await pairDevices({ from: oslo.session, to: bergen.session }, { deviceBackups });
  child.stdin.write(`${NS} ${keys}\n`);
  await nextLine();
  const file = join(folder, 'archive');
  await backupNamespace(oslo.session, NS, { out: file, passphrase });

  const owner = await bergen.session.namespaceAdministrator(NS);
  const facts = { type: 'Curve25519', mechanisms: ['EdDSA_Signature'] };
  const put = (i: number): Promise<void> =>
    createKey(bergen.session.node, owner, `put-${i}`, {
      ...facts,
      private: { data: randomBytes(32).toString('base64') },
    });
  const numbers = Array.from({ length: puts }, (_, i) => i);
  const byPut = puts / (await seconds(() => mapConcurrently(numbers, 8, put)));
  const request = { file, passphrase, namespace: NS, users: false };
  const byAppend =
    keys /
    (await seconds(async () => {
      const report = await restoreNamespace(bergen.session, request, { deviceBackups });
      if (!isWhole(report)) throw new Error(JSON.stringify(report));
    }));
  console.log(`keys                        ${keys}`);
  console.log(`create-only PUT, 8 at once  ${byPut.toFixed(0)} keys/s (over ${puts})`);
  console.log(`append with read-back       ${byAppend.toFixed(0)} keys/s`);
  console.log(`ratio                       ${(byAppend / byPut).toFixed(1)}`);
} finally {
  child.stdin.end();
  await oslo.session.device.close();
  await bergen.session.device.close();
  await rm(folder, { recursive: true, force: true });
}
