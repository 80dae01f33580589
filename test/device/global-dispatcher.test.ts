import assert from 'node:assert/strict';
import { test } from 'node:test';

const slots = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')];
const read = () => slots.map((slot) => Reflect.get(globalThis, slot) as unknown);

test("the client leaves everybody else's fetch alone", async () => {
  const mark = { dispatch: () => {} };
  for (const slot of slots) Object.defineProperty(globalThis, slot, { value: mark, writable: true });
  await import('../../core/device/device.ts');
  assert.deepEqual(read(), [mark, mark]);
});
