import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparePaths } from '../../core/backup/paths.ts';
import { createSealedIndex } from '../../core/transfer/sealed-index.ts';
import fc from '../support/laws.ts';

test('an index holds what was added with just these bytes, and nothing else', () => {
  const path = fc.stringMatching(/^\/key\/(\.ns\/)?[a-z]{1,3}$/);
  fc.assert(
    fc.property(fc.dictionary(path, fc.uint8Array({ maxLength: 9 }), { maxKeys: 200 }), path, (entries, other) => {
      const index = createSealedIndex();
      for (const path of Object.keys(entries).sort(comparePaths)) index.add(path, entries[path] as Uint8Array);
      for (const [path, value] of Object.entries(entries)) {
        assert.ok(index.holds(path, value));
        assert.ok(!index.holds(path, Uint8Array.from([...value, 1])));
      }
      if (!Object.hasOwn(entries, other)) assert.ok(!index.holds(other, new Uint8Array()));
    }),
  );
});
