import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openKnownDevices } from '../../core/device/known-devices.ts';
import { isProblem } from '../../core/problem.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'known-'));
const pin = (digit: string): string => `sha256:${digit.repeat(64)}`;
const posix = process.platform !== 'win32';

test('an absent file knows nobody; confirmed devices stay, a new pin takes the place of the old', async () => {
  const file = join(folder(), 'state', 'known-devices.json');
  const known = openKnownDevices(file);
  assert.equal(known.check('https://oslo', pin('1')), 'new');
  await known.confirm('https://oslo', pin('1'));
  await known.confirm('https://bergen', pin('2'));
  const again = openKnownDevices(file);
  for (const one of [known, again]) {
    assert.equal(one.check('https://oslo', pin('1')), 'known');
    assert.equal(one.check('https://oslo', pin('2')), 'changed');
    assert.equal(one.check('https://oslo:444', pin('1')), 'new');
  }
  await again.confirm('https://oslo', pin('3'));
  assert.equal(again.check('https://oslo', pin('1')), 'changed');
  assert.equal(openKnownDevices(file).check('https://bergen', pin('2')), 'known');
  if (posix) assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(file, '..')), ['known-devices.json']);
});

test('what a person confirms in another process counts at once; a key that was confirmed anew is no longer good', async () => {
  const file = join(folder(), 'known-devices.json');
  const agent = openKnownDevices(file);
  assert.equal(agent.check('https://oslo', pin('1')), 'new');
  await openKnownDevices(file).confirm('https://oslo', pin('1'));
  assert.equal(agent.check('https://oslo', pin('1')), 'known');
  await openKnownDevices(file).confirm('https://oslo', pin('2'));
  assert.equal(agent.check('https://oslo', pin('2')), 'known');
  assert.equal(agent.check('https://oslo', pin('1')), 'changed');
});

test('what two processes confirm at different times is kept, and many at once', async () => {
  const file = join(folder(), 'known-devices.json');
  const [one, two] = [openKnownDevices(file), openKnownDevices(file)];
  await one.confirm('https://a', pin('1'));
  await two.confirm('https://b', pin('2'));
  await Promise.all(['c', 'd', 'e', 'f'].map((name) => one.confirm(`https://${name}`, pin('3'))));
  const origins = Object.keys((JSON.parse(readFileSync(file, 'utf8')) as { devices: object }).devices);
  assert.deepEqual(
    origins.sort(),
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `https://${name}`),
  );
});

test('a name from the prototype is no known device', () => {
  const known = openKnownDevices(join(folder(), 'known-devices.json'));
  for (const name of ['constructor', '__proto__', 'toString']) assert.equal(known.check(name, pin('1')), 'new');
});

test('a file that others can write is refused, and one in a folder that they can write', { skip: !posix }, async () => {
  const parent = folder();
  const file = join(parent, 'known-devices.json');
  await openKnownDevices(file).confirm('https://a', pin('1'));
  for (const [path, mode, restored] of [
    [file, 0o620, 0o600],
    [file, 0o602, 0o600],
    [parent, 0o770, 0o700],
    [parent, 0o777, 0o700],
  ] as const) {
    chmodSync(path, mode);
    assert.throws(
      () => openKnownDevices(file),
      (error) => isProblem(error, 'unreadable') && /other users/.test(error.reason),
    );
    chmodSync(path, restored);
  }
  assert.equal(openKnownDevices(file).check('https://a', pin('1')), 'known');
});

test('a file that is no list of devices is damaged, not empty', () => {
  const file = join(folder(), 'known-devices.json');
  for (const text of ['', '{', '[]', '{"version":2,"devices":{}}', '{"version":1,"devices":{"a":1}}']) {
    writeFileSync(file, text, { mode: 0o600 });
    assert.throws(
      () => openKnownDevices(file),
      (error) => isProblem(error, 'damaged'),
      text,
    );
  }
});

test('a folder that can not be written is told', { skip: !posix || process.getuid?.() === 0 }, async () => {
  const parent = folder();
  const known = openKnownDevices(join(parent, 'known-devices.json'));
  chmodSync(parent, 0o500);
  await assert.rejects(known.confirm('https://a', pin('1')), (error) => isProblem(error, 'unreadable'));
  assert.equal(known.check('https://a', pin('1')), 'new');
});
