import type { Call } from './call.ts';

/** The two parts of a restore request: arguments first, then the file as it comes. */
export interface RestoreParts {
  arguments: string;
  file: AsyncIterable<Buffer>;
}

const BREAK = '\r\n';

/** Cuts a multipart body; what does not fit the form reads as an empty file. */
export async function readParts(call: Pick<Call, 'request'>, body: AsyncIterable<Buffer>): Promise<RestoreParts> {
  const type = call.request.headers['content-type'] ?? '';
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1] ?? '';
  const pieces = cut(body, boundary);
  let argumentsText = '';
  for (;;) {
    const part = await nextPart(pieces);
    if (part === undefined) return { arguments: argumentsText, file: nothing() };
    if (!/name="?arguments"?/i.test(part.head)) return { arguments: argumentsText, file: part.content };
    const chunks: Buffer[] = [];
    for await (const chunk of part.content) chunks.push(chunk);
    argumentsText = Buffer.concat(chunks).toString();
  }
}

async function* nothing(): AsyncGenerator<Buffer> {}

type Piece = { kind: 'head'; text: string } | { kind: 'content'; bytes: Buffer };

async function nextPart(pieces: AsyncGenerator<Piece>) {
  for (;;) {
    const { done, value } = await pieces.next();
    if (done === true) return undefined;
    if (value.kind === 'head') return { head: value.text, content: contentOf(pieces) };
  }
}

/** Content up to the next part. A part ends with an empty piece, so that nothing of the next one is lost. */
async function* contentOf(pieces: AsyncGenerator<Piece>): AsyncGenerator<Buffer> {
  for (;;) {
    const { done, value } = await pieces.next();
    if (done === true || (value.kind === 'content' && value.bytes.length === 0)) return;
    if (value.kind === 'content') yield value.bytes;
  }
}

/** The body as heads and pieces of content; keeps back as much as a boundary could begin with. */
async function* cut(body: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<Piece> {
  const mark = Buffer.from(`${BREAK}--${boundary}`);
  let held: Buffer = Buffer.from(BREAK);
  let inside: 'preamble' | 'head' | 'content' = 'preamble';
  for await (const chunk of body) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      if (inside === 'head') {
        const end = held.indexOf(BREAK + BREAK);
        if (end < 0) break;
        yield { kind: 'head', text: held.subarray(0, end).toString('latin1') };
        held = held.subarray(end + 4);
        inside = 'content';
      }
      const at = held.indexOf(mark);
      if (at < 0) break;
      if (held.length < at + mark.length + 2) break;
      if (inside === 'content') {
        if (at > 0) yield { kind: 'content', bytes: held.subarray(0, at) };
        yield { kind: 'content', bytes: Buffer.alloc(0) };
      }
      if (held.subarray(at + mark.length, at + mark.length + 2).toString() === '--') return;
      held = held.subarray(at + mark.length + 2);
      inside = 'head';
    }
    const safe = held.length - mark.length - 2;
    if (inside === 'content' && safe > 0) {
      const at = held.indexOf(mark);
      const upTo = at < 0 ? safe : at;
      if (upTo > 0) yield { kind: 'content', bytes: held.subarray(0, upTo) };
      held = held.subarray(upTo);
    }
  }
  if (inside === 'content' && held.length > 0) yield { kind: 'content', bytes: held };
}
