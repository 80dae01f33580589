import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import type { Answer } from '../../core/device/answer.ts';
import { readListing } from '../../core/device/id-listing.ts';
import { parseAnswer } from '../../core/device/raw-post.ts';
import type { Fuzzer } from './fuzzer.ts';
import { assertFitToTell, hostileText } from './hostile-text.ts';

const id = fc.oneof(fc.stringMatching(/^[a-z0-9._-]{0,8}$/), hostileText, fc.jsonValue({ maxDepth: 1 }));
const elements = fc.array(fc.dictionary(fc.constantFrom('id', 'user', '{', '"', '\\'), id, { maxKeys: 3 }), {
  maxLength: 6,
});
const scrap = fc.constantFrom('', ',', ']', '[', '{', '}', '"', '\\', ' ', '\n', '\u00e6', '\ufeff', '{"id":"x"}');
const listing = fc.oneof(
  { weight: 3, arbitrary: elements.map((list) => JSON.stringify(list)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(elements, fc.nat(200), fc.nat(3), scrap)
      .map(([list, at, length, text]) => insert(JSON.stringify(list, undefined, at % 3), at, length, text)),
  },
  { weight: 1, arbitrary: fc.array(scrap, { maxLength: 12 }).map((scraps) => scraps.join('')) },
);

const insert = (text: string, at: number, length: number, scrap: string): string =>
  text.slice(0, at % (text.length + 1)) + scrap + text.slice((at % (text.length + 1)) + length);

function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function answerOf(bytes: Buffer, sizes: readonly number[]): Answer {
  const body = Readable.from(cut(bytes, sizes));
  return {
    ...{ status: 200, etag: undefined, contentType: 'application/json', body, place: 'oslo' },
    ...{ answerBytes: 1000, listingBytes: 100_000, listingIds: 5 },
  };
}

/** The ids, or undefined when it is refused. */
async function read(bytes: Buffer, sizes: readonly number[]): Promise<string[] | undefined> {
  try {
    return await readListing(answerOf(bytes, sizes), 'id');
  } catch (error) {
    assertFitToTell(error, 'oslo');
    return undefined;
  }
}

/** The ids by the plainest way: all of the text at once. */
function readPlainly(text: string): string[] | undefined {
  // What is too long or too much is not asked here.
  if (text.length > 4000) return undefined;
  try {
    const list = JSON.parse(text) as unknown;
    if (!Array.isArray(list) || list.length > 5) return undefined;
    const ids = list.map((one) => (one as { id?: unknown } | null)?.id);
    return ids.every((one) => typeof one === 'string' && one.length <= 1024) ? (ids as string[]) : undefined;
  } catch {
    return undefined;
  }
}

/** A listing is the same however it arrives, and what JSON makes of it when it is JSON. */
export const listingFuzzer: Fuzzer = {
  name: 'listings',
  property: fc.asyncProperty(
    listing,
    fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
    async (text, sizes) => {
      const bytes = Buffer.from(text);
      const [whole, inPieces] = [await read(bytes, [bytes.length + 1]), await read(bytes, sizes)];
      assert.deepEqual(inPieces, whole, 'the pieces make no difference');
      const plain = readPlainly(bytes.toString());
      if (plain !== undefined) assert.deepEqual(whole, plain, 'JSON says the same');
    },
  ),
};

const framing = fc.constantFrom('length', 'chunked', 'close');
const size = fc.oneof(
  fc.nat(40).map((n) => n.toString(16)),
  fc.constantFrom('-6', '-1', '0x4', '', 'zz', '1e1', 'ffffffffffff'),
);
const odd = fc
  .array(
    fc.oneof(
      size,
      fc.constantFrom('\r\n', 'HTTP/1.1 100\r\n\r\n', 'HTTP/1.1 200\r\n', 'transfer-encoding: chunked\r\n'),
      hostileText,
    ),
  )
  .map((parts) => Buffer.from(`HTTP/1.1 400 X\r\ntransfer-encoding: chunked\r\n\r\n${parts.join('')}`));

/** The answer to a restore body, read by hand: whole when it is whole, never before, and any bytes are read to an end. */
export const restoreAnswerFuzzer: Fuzzer = {
  name: 'restore answers',
  property: fc.property(
    fc.string({ unit: 'binary' }),
    framing,
    fc.integer({ min: 1, max: 9 }),
    odd,
    (text, how, step, odd) => {
      for (const ended of [false, true]) parseAnswer(odd, ended);
      const body = Buffer.from(text.toWellFormed());
      const bytes = Buffer.concat([
        Buffer.from('HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 400 X\r\n'),
        ...framed(body, how, step),
      ]);
      assert.deepEqual(parseAnswer(bytes, true), { status: 400, body: body.toString() });
      for (let at = 0; at < bytes.length; at += step) {
        const early = parseAnswer(bytes.subarray(0, at), false);
        assert.ok(
          early === undefined || (how === 'chunked' && at >= bytes.length - 2),
          `whole after ${at} of ${bytes.length}`,
        );
      }
    },
  ),
};

function framed(body: Buffer, how: string, step: number): Buffer[] {
  if (how === 'length') return [Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body];
  if (how === 'close') return [Buffer.from('\r\n'), body];
  const chunks = [...cut(body, [step])].flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return [Buffer.from('Transfer-Encoding: chunked\r\n\r\n'), ...chunks, Buffer.from('0\r\n\r\n')];
}
