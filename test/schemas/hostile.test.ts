/** Manifests that somebody wrote to make us hang, crash or show something that is not there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readManifest } from '../../schemas/read.ts';

/** Reads a manifest and gives its messages; longer than this means that it grows with each step. */
function messages(text: string): string[] {
  const started = performance.now();
  const { diagnostics } = readManifest(text, 'hostile.nethsm.yaml');
  assert.ok(performance.now() - started < 5000, 'it takes too long');
  return diagnostics.map(({ message }) => message);
}

const steps = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('');

test('texts nested without measure are one fault each, and no end of the stack', () => {
  for (const inside of [
    `x-a: ${'['.repeat(20_000)}`,
    `x-a: ${'{a: '.repeat(3000)}${'}'.repeat(3000)}`,
    `x-a: ${'['.repeat(70)}${']'.repeat(70)}`,
    `x-a:\n${steps(400, (i) => `${' '.repeat(i + 1)}a:\n`)}`,
    `x-a:\n  ${'- '.repeat(5000)}`,
  ]) {
    const found = messages(`version: 1\n${inside}\n`);
    assert.ok(found.includes('This is nested in more than 64 levels'), found.join());
  }
  assert.deepEqual(messages(`version: 1\nx-a: ${'['.repeat(60)}${']'.repeat(60)}\n`), ['The manifest needs "devices"']);
});

test('aliases and merge keys of one another do not grow without measure', () => {
  const many = (i: number) => Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ');
  for (const bomb of [
    steps(15, (i) => `x-${i}: &a${i} { <<: [${i === 0 ? '{ url: x }' : many(i)}] }\n`),
    steps(15, (i) => `x-${i}: &a${i} [${i === 0 ? 'x' : many(i)}]\n`),
    steps(15_000, (i) => `x-${i}: &a${i} [${i === 0 ? '' : `*a${i - 1}`}]\n`),
  ]) {
    const last = /^.*&(a\d+)/s.exec(bomb)?.[1];
    const found = messages(`version: 1\n${bomb}devices:\n  oslo: *${last}\n`);
    assert.ok(
      found.some((message) => /grow without measure/.test(message)),
      found.join(),
    );
  }
});

test('a name of any length and kind is cut and escaped in messages', () => {
  const found = messages(`version: 1\n"x\u202e\u001b${'y'.repeat(50_000)}": 1\ndevices: {}\n`);
  assert.ok(
    found.some((message) => /no field "x\\u\{202e\}/.test(message)),
    found.join().slice(0, 500),
  );
  for (const message of found) {
    assert.ok(message.length < 500);
    assert.doesNotMatch(message, /[\p{Cc}\p{Cf}]/u);
  }
});
