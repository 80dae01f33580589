import assert from 'node:assert/strict';
import { test } from 'node:test';

const FIRST = Symbol.for('undici.globalDispatcher.1');
const SECOND = Symbol.for('undici.globalDispatcher.2');

test("the client leaves everybody else's fetch alone", async () => {
  // As an older undici does it, like the one within Node 22 or an editor: it has set the first, and the second not.
  const theirs = { dispatch: () => {} };
  Object.defineProperty(globalThis, FIRST, { value: theirs, writable: true });
  await import('../../core/device/device.ts');
  assert.equal(Reflect.get(globalThis, FIRST), theirs);
  assert.equal(Reflect.get(globalThis, SECOND), undefined);
});
