import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { KeyId, Namespace } from '../../../core/names.ts';
import { type Activity, type Journal, linkOf } from '../../../core/replication/journal/journal.ts';
import { journalFile, openJournal } from '../../../core/replication/journal/open-journal.ts';
import { baseWith } from './sample.ts';

const payments = 'payments' as Namespace;
const iot = 'iot' as Namespace;
const link = linkOf(payments, 'oslo', 'bergen');
const WRITER = join(import.meta.dirname, 'writer.ts');

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
});
after(() => rm(folder, { recursive: true, force: true }));

let count = 0;
const newFile = (): string => join(folder, `state-${count++}`, 'journals', 'a.sqlite');

function withJournal<T>(file: string, work: (journal: Journal, warning: string | undefined) => T): T {
  const { journal, warning } = openJournal(file);
  try {
    return work(journal, warning);
  } finally {
    journal.close();
  }
}

test('a new journal is empty and for its owner only, with all files beside it', async () => {
  const file = newFile();
  const { journal, warning } = openJournal(file);
  assert.equal(warning, undefined);
  assert.equal(journal.file, file);
  journal.putBases(link, [baseWith('a', 1)]);
  const beside = await readdir(join(file, '..'));
  assert.deepEqual(beside.sort(), ['a.sqlite', 'a.sqlite-shm', 'a.sqlite-wal']);
  if (process.platform !== 'win32') {
    for (const name of beside) assert.equal((await stat(join(file, '..', name))).mode & 0o777, 0o600, name);
    assert.equal((await stat(join(file, '..'))).mode & 0o777, 0o700);
  }
  journal.close();
  journal.close();
});

test('one manifest has one journal by whatever name it is called', async () => {
  const manifest = join(folder, 'site.nethsm.yaml');
  await writeFile(manifest, '');
  await symlink(manifest, join(folder, 'link.nethsm.yaml'));
  const file = journalFile('/state', manifest);
  assert.match(file, /^\/state\/journals\/[0-9a-f]{16}\.sqlite$/);
  assert.equal(journalFile('/state', join(folder, 'link.nethsm.yaml')), file);
  await writeFile(join(folder, 'other.nethsm.yaml'), '');
  assert.notEqual(journalFile('/state', join(folder, 'other.nethsm.yaml')), file);
});

describe('bases', () => {
  test('come in the order of ids while their reader writes, drops and forgets', () => {
    withJournal(newFile(), (journal) => {
      const ids = Array.from({ length: 1500 }, (_, i) => `k${String(i).padStart(4, '0')}`);
      journal.putBases(
        link,
        ids.toReversed().map((id, i) => baseWith(id, i % 200)),
      );
      const met: string[] = [];
      for (const batch of journal.bases(link)) {
        met.push(...batch.map(({ id }) => id));
        journal.dropBases(link, [batch[0]?.id as KeyId]);
        journal.putBases(link, [baseWith('a-before-all', 1), baseWith(`${batch.at(-1)?.id}x`, 2)]);
        journal.addActivity({ at: 1, by: 'a@b', kind: 'sync', level: 'info', text: 'meanwhile' });
      }
      assert.deepEqual(met, [...met].sort());
      assert.deepEqual(
        met.filter((id) => !id.endsWith('x')),
        ids,
      );
      for (const _ of journal.bases(link)) journal.forgetBases(link);
      assert.equal(journal.countBases(link), 0);
    });
  });

  test('a number of bases that just fills a batch, and one more or less, all come', () => {
    withJournal(newFile(), (journal) => {
      for (const size of [0, 1, 511, 512, 513, 1024]) {
        journal.forgetBases(link);
        journal.putBases(
          link,
          Array.from({ length: size }, (_, i) => baseWith(`k${i}`, 1)),
        );
        assert.equal([...journal.bases(link)].flat().length, size);
        assert.equal(journal.countBases(link), size);
      }
    });
  });

  test('a batch that breaks in its middle leaves nothing', () => {
    withJournal(newFile(), (journal) => {
      const broken = { ...baseWith('b', 1), facts: undefined as never };
      assert.throws(() => journal.putBases(link, [baseWith('a', 1), broken]));
      assert.equal(journal.countBases(link), 0);
      journal.putBases(link, [baseWith('a', 1)]);
      assert.equal(journal.countBases(link), 1);
    });
  });
});

test('archived values are kept, each under its moment, and listed without their bytes', () => {
  withJournal(newFile(), (journal) => {
    const archived = {
      namespace: payments,
      device: 'bergen',
      id: 'k' as KeyId,
      domain: 'd',
      reason: 'deleted on oslo',
    };
    for (const at of [1, 2]) journal.archiveValue({ ...archived, at, value: Buffer.alloc(2000, at) });
    journal.archiveValue({ ...archived, namespace: iot, at: 3, value: Buffer.alloc(1) });
    assert.deepEqual(journal.archivedValues(payments), [
      { ...archived, at: 1 },
      { ...archived, at: 2 },
    ]);
    assert.deepEqual(journal.archivedValue(payments, 'bergen', archived.id, 2), {
      ...archived,
      at: 2,
      value: Buffer.alloc(2000, 2),
    });
    assert.equal(journal.archivedValue(payments, 'oslo', archived.id, 2), undefined);
    // A clock that stands still loses nothing.
    journal.archiveValue({ ...archived, at: 2, value: Buffer.alloc(3, 9) });
    assert.equal(journal.archivedValues(payments).length, 3);
    assert.deepEqual(journal.archivedValue(payments, 'bergen', archived.id, 2)?.value, Buffer.alloc(3, 9));
  });
});

test('the last run of a schedule is remembered by its name', () => {
  withJournal(newFile(), (journal) => {
    assert.equal(journal.lastDone('backup payments'), undefined);
    journal.putDone('backup payments', 1_795_000_000_000);
    journal.putDone('backup iot', 5);
    assert.equal(journal.lastDone('backup payments'), 1_795_000_000_000);
  });
});

test('of what happened the newest 10,000 are kept, the newest first', () => {
  const file = newFile();
  withJournal(file, (journal) => {
    const activity = (n: number): Activity => ({
      ...{ at: n, by: 'run@host', kind: 'sync', level: 'info', text: `run ${n}`, asked: 1, done: 1, verified: 1 },
      ...(n % 2 === 0 && { namespace: payments }),
    });
    // One by one would take long: most are put in together, as the journal puts them.
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const db = new DatabaseSync(file);
    db.exec('BEGIN');
    const put = db.prepare('INSERT INTO activity (namespace, activity) VALUES (?, ?)');
    for (let n = 1; n <= 9990; n++) put.run(activity(n).namespace ?? null, JSON.stringify(activity(n)));
    db.exec('COMMIT');
    db.close();
    for (let n = 9991; n <= 10_003; n++) journal.addActivity(activity(n));
    assert.deepEqual(journal.activity(2), [activity(10_003), activity(10_002)]);
    assert.deepEqual(journal.activity(2, payments), [activity(10_002), activity(10_000)]);
    assert.equal(journal.activity(20_000).length, 10_000);
    assert.deepEqual(journal.activity(20_000).at(-1), activity(4));
    assert.deepEqual(journal.activity(1, iot), []);
  });
});

describe('a file that can not be our journal is put aside and told', () => {
  const bytesOf = async (file: string): Promise<string[]> => readdir(join(file, '..'));

  async function requireAside(file: string, word: string): Promise<void> {
    const old = await readFile(file);
    const clock = { now: () => Date.UTC(2026, 10, 24, 12), sleep: async () => {} };
    const { journal, warning } = openJournal(file, clock);
    const aside = `${file}.${word}-2026-11-24T12-00-00-000Z`;
    assert.match(warning ?? '', /put aside/);
    assert.ok(warning?.includes(aside), warning);
    assert.deepEqual(await readFile(aside), old);
    assert.equal(journal.countBases(link), 0);
    journal.putBases(link, [baseWith('a', 1)]);
    journal.close();
    withJournal(file, (again, second) => {
      assert.equal(second, undefined);
      assert.equal(again.countBases(link), 1);
    });
  }

  function filled(): string {
    const file = newFile();
    withJournal(file, (journal) =>
      journal.putBases(
        link,
        Array.from({ length: 5000 }, (_, i) => baseWith(`k${i}`, i % 200)),
      ),
    );
    return file;
  }

  test('not a database at all', async () => {
    const file = newFile();
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, 'something else '.repeat(1000));
    await requireAside(file, 'damaged');
  });

  test('cut off', async () => {
    const file = filled();
    await truncate(file, 100_000);
    await requireAside(file, 'damaged');
  });

  test('overwritten in its middle', async () => {
    const file = filled();
    const bytes = await readFile(file);
    bytes.fill(0xa5, 40_960, 81_920);
    await writeFile(file, bytes);
    await requireAside(file, 'damaged');
  });

  test('the database of another program', async () => {
    const file = newFile();
    await mkdir(join(file, '..'), { recursive: true });
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const other = new DatabaseSync(file);
    other.exec('CREATE TABLE theirs (a)');
    other.close();
    await requireAside(file, 'foreign');
  });

  test('of a later version', async () => {
    const file = filled();
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const later = new DatabaseSync(file);
    later.exec('PRAGMA user_version = 2');
    later.close();
    await requireAside(file, 'newer');
  });

  test('twice in one moment: neither is lost', async () => {
    const file = newFile();
    const clock = { now: () => 0, sleep: async () => {} };
    await mkdir(join(file, '..'), { recursive: true });
    for (const text of ['one', 'two']) {
      await writeFile(file, text.repeat(1000));
      openJournal(file, clock).journal.close();
    }
    const aside = (await bytesOf(file)).filter((name) => name.includes('damaged'));
    assert.equal(aside.length, 2, aside.join());
  });
});

test('a place that can not be written is a problem that says so', async () => {
  await writeFile(join(folder, 'no-folder'), '');
  assert.throws(() => openJournal(join(folder, 'no-folder', 'a.sqlite')), {
    kind: 'unreadable',
    remedy: /may write|--state/,
  });
  await mkdir(join(folder, 'folder.sqlite'));
  assert.throws(() => openJournal(join(folder, 'folder.sqlite')), { kind: 'unreadable' });
});

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

test('a full disk is a problem that says so; what was there stays, and it goes on once there is room', {
  skip: !isRoot && 'only root can make a small disk',
}, async (t) => {
  const disk = join(folder, 'disk');
  await mkdir(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  if (mounted.status !== 0) return t.skip('no small disk can be made here');
  try {
    await writeFile(join(disk, 'ballast'), Buffer.alloc(500_000));
    const { journal } = openJournal(join(disk, 'a.sqlite'));
    const bases = (n: number) => Array.from({ length: 500 }, (_, i) => baseWith(`${n}-${i}`, n));
    let whole = 0;
    assert.throws(
      () => {
        for (; ; whole++) journal.putBases(link, bases(whole));
      },
      { kind: 'unexpected', remedy: /Make room/ },
    );
    assert.equal(journal.countBases(link), whole * 500);
    await rm(join(disk, 'ballast'));
    journal.putBases(link, bases(whole));
    assert.equal(journal.countBases(link), (whole + 1) * 500);
    journal.close();
    await writeFile(join(disk, 'ballast'), Buffer.alloc(1_000_000)).catch(() => {});
    assert.throws(() => openJournal(join(disk, 'new', 'a.sqlite')), { remedy: /Make room/ });
  } finally {
    spawnSync('umount', [disk]);
  }
});

/** Starts a writer; gives its last word on what is on the disk. */
function startWriter(file: string, namespace: string, bases: number) {
  const child = spawn(process.execPath, [WRITER, file, namespace, String(bases)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  return {
    last: () => Number(text.split('\n').at(-2) ?? 0),
    async until(n: number) {
      while (this.last() < n) {
        assert.equal(child.exitCode, null, errors);
        await wait(5);
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'close');
      assert.equal(errors, '');
    },
  };
}

test('a writer that is killed leaves whole transactions, and all that it said was done', async () => {
  const file = newFile();
  for (let round = 0; round < 6; round++) {
    const writer = startWriter(file, payments, 200);
    await writer.until(3);
    await wait(round * 7);
    await writer.kill();
    withJournal(file, (journal, warning) => {
      assert.equal(warning, undefined);
      const bases = [...journal.bases(link)].flat();
      const n = bases[0]?.leftOperations as number;
      assert.ok(n >= writer.last(), `${n} on the disk, ${writer.last()} said`);
      assert.equal(bases.length, 200);
      const byId = new Map(bases.map((base) => [base.id as string, base]));
      for (let i = 0; i < 200; i++) assert.deepEqual(byId.get(`k${i}`), baseWith(`k${i}`, n));
      const steps = journal.openSteps(payments);
      assert.ok(steps.length >= 1 && steps.length <= 2, String(steps.length));
      for (const { step } of steps) journal.closeStep(step);
      journal.forgetBases(link);
    });
  }
});

test('two processes and this one write to one journal at once, begun by all of them at once', async () => {
  const file = newFile();
  const writers = [startWriter(file, payments, 50), startWriter(file, iot, 50)];
  await wait(100);
  withJournal(file, (journal) => {
    for (let n = 1; n <= 50; n++) journal.putDone('backup payments', n);
  });
  for (const writer of writers) await writer.until(5);
  for (const writer of writers) await writer.kill();
  withJournal(file, (journal, warning) => {
    assert.equal(warning, undefined);
    assert.equal(journal.lastDone('backup payments'), 50);
    for (const namespace of [payments, iot]) {
      const bases = [...journal.bases(linkOf(namespace, 'oslo', 'bergen'))].flat();
      assert.equal(new Set(bases.map((base) => base.leftOperations)).size, 1);
      assert.equal(bases.length, 50);
    }
  });
});
