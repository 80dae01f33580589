import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cronFault, everFires, gapsOf, isTimeZone, nextRuns } from '../../schemas/cron.ts';
import { durationText, seconds } from '../../schemas/duration.ts';
import { deviceVariable, namespaceVariable } from '../../schemas/environment.ts';
import { isLoopback } from '../../schemas/loopback.ts';
import { editDistance, nearest } from '../../schemas/suggest.ts';
import { lineStarts, offsetAt, positionAt } from '../../schemas/tree/lines.ts';
import fc from '../support/laws.ts';

describe('lines', () => {
  test('an offset and its position are the same place, for every kind of line break', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\r\n', '😀') }), (text) => {
        const starts = lineStarts(text);
        assert.equal(starts.length, text.split(/\r\n|\r|\n/).length);
        for (let offset = 0; offset <= text.length; offset++) {
          const position = positionAt(starts, offset);
          // Between CR and LF nobody can stand.
          if (text[offset - 1] === '\r' && text[offset] === '\n') continue;
          assert.equal(offsetAt(text, starts, position), offset);
        }
      }),
    ));

  test('past the end of a line is its end', () => {
    const text = 'ab\r\nc\n';
    const starts = lineStarts(text);
    assert.equal(offsetAt(text, starts, { line: 0, character: 99 }), 2);
    assert.equal(offsetAt(text, starts, { line: 1, character: 99 }), 5);
    assert.equal(offsetAt(text, starts, { line: 9, character: 0 }), 6);
  });
});

test('what was meant: letters swapped, left out, put in; nothing far away', () => {
  assert.equal(editDistance('olso', 'oslo'), 1);
  assert.equal(editDistance('replica', 'replicas'), 1);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(nearest('olso', ['bergen', 'oslo']), 'oslo');
  assert.equal(nearest('OSLO', ['oslo']), 'oslo');
  assert.equal(nearest('trondheim', ['bergen', 'oslo']), undefined);
  assert.equal(nearest('replicaz', ['replicates', 'replicas']), 'replicas');
});

describe('cron', () => {
  test('five fields, by the clock of the zone', () => {
    assert.equal(cronFault('*/15 * * * *'), undefined);
    assert.match(cronFault('* * * * * *') ?? '', /five fields/);
    assert.match(cronFault('61 * * * *') ?? '', /./);
    assert.ok(!everFires('0 0 31 2 *') && everFires('0 0 29 2 *'));
    const [first] = nextRuns('30 2 * * *', 'Europe/Oslo', new Date('2026-11-24T12:00:00Z'), 1);
    assert.equal(first?.toISOString(), '2026-11-25T01:30:00.000Z');
    assert.deepEqual(nextRuns('nonsense', 'UTC', new Date(0), 1), []);
    assert.deepEqual(nextRuns('* * * * *', 'Nowhere/Nowhere', new Date(0), 1), []);
  });

  test('the longest and the shortest time between two runs', () => {
    assert.deepEqual(gapsOf('*/15 * * * *'), { longest: 900, shortest: 900 });
    assert.deepEqual(gapsOf('0 3,4 * * *'), { longest: 23 * 3600, shortest: 3600 });
    assert.equal(gapsOf('0 0 31 2 *'), undefined);
  });

  test('zones', () => {
    assert.ok(isTimeZone('UTC') && isTimeZone('Europe/Oslo'));
    assert.ok(!isTimeZone('Europe/Olso') && !isTimeZone('europe/oslo') && !isTimeZone('+01:00'));
  });
});

test('durations', () => {
  assert.deepEqual(['30s', '15m', '2h', '1d', '0m', '5', 'm'].map(seconds), [
    30,
    900,
    7200,
    86_400,
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual([90, 120, 3600, 86_400, 0.2].map(durationText), ['90s', '2m', '1h', '1d', '1s']);
});

test('names of variables', () => {
  assert.equal(deviceVariable('oslo-1.a', 'backupPassphrase'), 'NETHSM_OSLO_1_A_BACKUP_PASSPHRASE');
  assert.equal(namespaceVariable('pay'), 'NETHSM_PAY_NAMESPACE_ADMINISTRATOR');
});

test('only literal addresses of this machine are this machine', () => {
  assert.ok(['127.0.0.1', '127.9.9.9', '[::1]'].every(isLoopback));
  assert.ok(!['localhost', '127.0.0.1.example', '10.0.0.1', '[::2]', '1127.0.0.1'].some(isLoopback));
});
