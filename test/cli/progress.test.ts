import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, duration, progressLine, showProgress } from '../../cli/terminal/progress.ts';

const keys = (done: number, total?: number) => ({
  phase: 'copying to bergen',
  done,
  unit: 'keys' as const,
  ...(total !== undefined && { total }),
});

test('a line tells figures, rate and remaining time as far as they are known', () => {
  assert.equal(progressLine(keys(0, 4000), 0, 0), 'copying to bergen: 0 of 4,000 keys, 0%');
  assert.equal(progressLine(keys(1000, 4000), 2000, 0), 'copying to bergen: 1,000 of 4,000 keys, 25%, 500/s, 6 s left');
  assert.equal(progressLine(keys(1000), 2000, 0), 'copying to bergen: 1,000 keys, 500/s');
  assert.equal(progressLine(keys(4000, 4000), 8000, 0), 'copying to bergen: 4,000 of 4,000 keys, 100%, 500/s');
});

test('the rate counts from where the phase began', () => {
  assert.match(progressLine(keys(1500, 2000), 1000, 1000), /75%, 500\/s, 1 s left/);
});

test('sizes and times are written as people say them', () => {
  assert.deepEqual([999, 1000, 12_340_000, 3_000_000_000].map(bytes), ['999 B', '1.0 kB', '12 MB', '3.0 GB']);
  assert.deepEqual([400, 8000, 125_000, 11_520_000].map(duration), ['0 s', '8 s', '2 min 5 s', '3 h 12 min']);
});

function record(tty: boolean, quiet: boolean) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const sink = { isTTY: tty, columns: 40, write: (text: string) => void written.push(text) };
  return { written, clock, display: showProgress(sink, { quiet, now: () => clock.ms }) };
}

test('on a terminal one line is drawn over itself, at most ten times a second, and taken away', () => {
  const { written, clock, display } = record(true, false);
  for (; clock.ms < 1000; clock.ms += 10) display.report(keys(clock.ms, 100_000));
  assert.equal(written.length, 10);
  for (const text of written) {
    assert.ok(text.startsWith('\r\u001b[2K'));
    assert.match(text.slice(5), /^[^\n]{1,39}$/);
  }
  display.end();
  assert.equal(written.at(-1), '\r\u001b[2K');
});

test('a terminal that does not tell its width has eighty columns', () => {
  const written: string[] = [];
  const sink = { isTTY: true, columns: 0, write: (text: string) => void written.push(text) };
  showProgress(sink, { quiet: false }).report(keys(5, 10));
  assert.match(written[0] ?? '', /5 of 10 keys, 50%$/);
});

test('elsewhere a plain line comes only when work takes long, then every ten seconds', () => {
  const { written, clock, display } = record(false, false);
  for (; clock.ms < 1900; clock.ms += 100) display.report(keys(clock.ms, 100_000));
  assert.deepEqual(written, []);
  for (; clock.ms <= 25_000; clock.ms += 100) display.report(keys(clock.ms, 100_000));
  assert.equal(written.length, 3);
  for (const text of written) assert.match(text, /^copying to bergen: .*left\n$/);
});

test('beside JSON there is none, unless a person watches', () => {
  const quiet = record(false, true);
  for (; quiet.clock.ms < 60_000; quiet.clock.ms += 500) quiet.display.report(keys(quiet.clock.ms));
  assert.deepEqual(quiet.written, []);
  const watched = record(true, true);
  watched.display.report(keys(1));
  assert.equal(watched.written.length, 1);
});
