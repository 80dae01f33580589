import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Answer } from '../../core/device/answer.ts';
import { cleanText } from '../../core/device/clean-text.ts';
import { readListing } from '../../core/device/id-listing.ts';
import { parseAnswer } from '../../core/device/raw-post.ts';
import { isProblem } from '../../core/problem.ts';
import fc from '../support/laws.ts';

const answerOf = (chunks: Iterable<Buffer>): Answer => ({
  status: 200,
  etag: undefined,
  contentType: 'application/json',
  body: Readable.from(chunks),
  place: 'oslo',
  answerBytes: 1000,
  listingBytes: 1_000_000_000,
  listingIds: 10_000_000,
});

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
}

test('a listing is read whole, wherever it is cut and however it is spaced', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 12 })),
      fc.constantFrom(undefined, 1, '\t'),
      fc.array(fc.nat(500)),
      async (ids, space, places) => {
        const text = JSON.stringify(
          ids.map((id) => ({ id, more: { a: ['}', '{'] } })),
          undefined,
          space,
        );
        assert.deepEqual(await readListing(answerOf(cut(Buffer.from(text), places)), 'id'), ids);
      },
    ),
  ));

test('a listing that is cut, wrong or too long is refused, never shortened', async () => {
  const whole = '[{"id":"a"},{"id":"b"}]';
  const wrong = [
    ...Array.from({ length: whole.length }, (_, i) => whole.slice(0, i)),
    `${whole}]`,
    `${whole}[]`,
    '{"id":"a"}',
    '[["a"]]',
    '["a"]',
    '[{"user":"a"}]',
    '[{"id":1}]',
    '[{"id":"a"} {"id":"b"',
    '[{"id":"a}]',
    `[{"id":"${'x'.repeat(5000)}"}]`,
    '<html>',
  ];
  for (const text of wrong) {
    await assert.rejects(
      readListing(answerOf([Buffer.from(text)]), 'id'),
      (error) => isProblem(error, 'unexpected'),
      text,
    );
  }
  await assert.rejects(readListing(answerOf([Buffer.from('[{"id":"'), Buffer.from([0xff, 0x22])]), 'id'), (error) =>
    isProblem(error, 'unexpected'),
  );
  const endless = (function* () {
    yield Buffer.from('[{"id":"');
    for (;;) yield Buffer.alloc(1000, 'x');
  })();
  await assert.rejects(readListing(answerOf(endless), 'id'), (error) => isProblem(error, 'unexpected'));
});

test('a million ids are read in a few seconds', async () => {
  const count = 1_000_000;
  const chunks = (function* () {
    for (let i = 0; i < count; i += 1000) {
      const items = Array.from({ length: 1000 }, (_, j) => `{"id":"key-${i + j}"}`).join();
      yield Buffer.from(`${i === 0 ? '[' : ','}${items}`);
    }
    yield Buffer.from(']');
  })();
  const ids = await readListing(answerOf(chunks), 'id');
  assert.equal(ids.length, count);
  assert.equal(ids.at(-1), 'key-999999');
});

test('cleaned text is one bounded line without control or direction marks, and clean text stays', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, limit) => {
      const clean = cleanText(text, limit);
      assert.doesNotMatch(clean, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      assert.ok(clean.length <= limit);
      assert.equal(cleanText(clean, limit), clean);
    }),
  );
  assert.equal(cleanText('Key with id a already exists'), 'Key with id a already exists');
  assert.equal(cleanText('\u001b]0;x\u0007 a\n b\u202e'), ']0;x a b');
});

test('an answer to a restore is known by its bytes, whole or cut at the end', () => {
  const head = 'HTTP/1.1 400 Bad Request\r\n';
  for (const [text, ended, wanted] of [
    [`${head}Content-Length: 2\r\n\r\nab`, false, { status: 400, body: 'ab' }],
    [`${head}Content-Length: 3\r\n\r\nab`, false, undefined],
    [`${head}Content-Length: 3\r\n\r\nab`, true, { status: 400, body: 'ab' }],
    [`${head}\r\nab`, false, undefined],
    [`${head}\r\nab`, true, { status: 400, body: 'ab' }],
    ['HTTP/1.1 204 No Content\r\n\r\n', false, { status: 204, body: '' }],
    [`${head}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`, false, undefined],
    [`${head}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`, false, { status: 400, body: 'ab' }],
    ['SSH-2.0\r\n\r\n', true, undefined],
    [head, true, undefined],
  ] as const) {
    assert.deepEqual(parseAnswer(Buffer.from(text), ended), wanted, text);
  }
});

test('a chunk of less than no bytes is no chunk, and does not keep us for ever', () => {
  for (const size of ['-6', '-3', '0x4', '', 'g', '123456789']) {
    const bytes = Buffer.from(`HTTP/1.1 400 X\r\ntransfer-encoding: chunked\r\n\r\n${size}\r\nabcd\r\n0\r\n\r\n`);
    assert.equal(parseAnswer(bytes, false), undefined, size);
    assert.deepEqual(parseAnswer(bytes, true), { status: 400, body: '' }, size);
  }
});

test('a listing has no more ids than the limit, and no element is too long wherever it is cut', async () => {
  const few = (text: string, ...places: number[]) =>
    readListing({ ...answerOf(cut(Buffer.from(text), places)), listingIds: 2 }, 'id');
  assert.equal((await few('[{"id":"a"},{"id":"b"}]')).length, 2);
  await assert.rejects(
    few('[{"id":"a"},{"id":"b"},{"id":"c"}]'),
    (error) => isProblem(error, 'unexpected') && /2 ids/.test(error.reason),
  );
  const long = `[{"id":"a","x":"${'y'.repeat(5000)}"}]`;
  for (const places of [[], [10], [4999]]) await assert.rejects(few(long, ...places), /too long/);
});
