/** Backups of two real devices: the command line says of them what the devices said of themselves. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { jsonOf, runCli } from './run-cli.ts';

const FOLDER = join(import.meta.dirname, '..', 'conformance', 'backups');
const FILES = { A: join(FOLDER, 'v1-site-a.bin'), B: join(FOLDER, 'v1-site-b.bin') };

interface ToldKey {
  operations: number;
  restrictions: { tags?: string[] };
  certificate?: string;
  [field: string]: unknown;
}
type Told = Record<string, { users: string[]; keys: Record<string, ToldKey> }>;
const told: {
  unlockPassphrase: string;
  backupPassphrase: string;
  devices: Record<'A' | 'B', { deviceId: string; namespaces: Told }>;
} = JSON.parse(await readFile(join(FOLDER, 'v1-sites.expected.json'), 'utf8'));
const env = { NETHSM_BACKUP_PASSPHRASE: told.backupPassphrase, NETHSM_UNLOCK_PASSPHRASE: told.unlockPassphrase };

/** A key as the device told it, in the form of our JSON; the certificate as text. */
const asTold = ({ restrictions, ...rest }: ToldKey) => ({ ...rest, tags: restrictions.tags ?? [] });

function asShown({ certificate, ...rest }: { certificate?: { data: string }; [field: string]: unknown }) {
  return certificate === undefined
    ? rest
    : { ...rest, certificate: Buffer.from(certificate.data, 'base64').toString('utf8') };
}

for (const device of ['A', 'B'] as const) {
  test(`inspect --unseal says of device ${device} just what it said itself`, async () => {
    const result = await runCli(['inspect', FILES[device], '--unseal', '--json'], { env });
    assert.equal(result.code, 0);
    const shown = jsonOf(result) as {
      deviceId: string;
      complete: boolean;
      namespaces: Record<string, { keys: object }>;
    };
    assert.deepEqual([shown.deviceId, shown.complete], [told.devices[device].deviceId, true]);
    const { namespaces } = told.devices[device];
    assert.deepEqual(Object.keys(shown.namespaces).sort(), Object.keys(namespaces).sort());
    for (const [name, { keys }] of Object.entries(namespaces)) {
      const expected = Object.fromEntries(Object.entries(keys).map(([id, key]) => [id, asTold(key)]));
      const got = Object.entries(shown.namespaces[name]?.keys ?? {}).map(([id, key]) => [id, asShown(key)]);
      assert.deepEqual(Object.fromEntries(got), expected, name);
    }
  });
}

for (const namespace of Object.keys(told.devices.A.namespaces)) {
  const title = namespace === '' ? 'root' : namespace;
  test(`diff --backups finds just the drift of ${title}`, async () => {
    const [a, b] = [told.devices.A.namespaces[namespace]?.keys ?? {}, told.devices.B.namespaces[namespace]?.keys ?? {}];
    const facts = (key: ToldKey | undefined) => JSON.stringify({ ...key, operations: 0 });
    const both = Object.keys(a).filter((id) => id in b);
    const scope = namespace === '' ? ['--root'] : ['--namespace', namespace];
    const result = await runCli(['diff', '--backups', FILES.A, FILES.B, ...scope, '--unseal', '--json'], { env });
    const drift = jsonOf(result) as { missing: string[]; extra: string[]; differs: { id: string }[]; same: number };
    assert.deepEqual(
      drift.missing,
      Object.keys(a)
        .filter((id) => !(id in b))
        .sort(),
    );
    assert.deepEqual(
      drift.extra,
      Object.keys(b)
        .filter((id) => !(id in a))
        .sort(),
    );
    assert.deepEqual(
      drift.differs.map(({ id }) => id),
      both.filter((id) => facts(a[id]) !== facts(b[id])).sort(),
    );
    assert.equal(drift.same, both.length - drift.differs.length);
    assert.equal(result.code, drift.missing.length + drift.extra.length + drift.differs.length === 0 ? 0 : 2);
  });
}
