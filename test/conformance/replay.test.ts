import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import '../support/quick-scrypt.ts';
import { readRecordings } from './recording.ts';
import { replay } from './replay.ts';

const recordings = readRecordings();

test('all recordings are there', () => {
  assert.equal(recordings.length, 22);
  assert.equal(recordings.flatMap(({ steps }) => steps).length, 674);
});

describe('the practice device answers as the real server did', { concurrency: 4 }, () => {
  for (const recording of recordings) {
    test(recording.name, async () => {
      assert.equal(await replay(recording), recording.steps.length);
    });
  }
});
