import type { Readable } from 'node:stream';
import type * as z from 'zod';
import { Problem } from '../problem.ts';
import { cleanText } from './clean-text.ts';

/** A device's answer with its body still to be read. */
export interface Answer {
  status: number;
  etag: string | undefined;
  contentType: string;
  body: Readable;
  /** Names the device and node, for errors. */
  place: string;
  answerBytes: number;
  listingBytes: number;
  listingIds: number;
}

/** An answer that breaks the API description or a limit. */
export const unexpected = (place: string, cause: string): Problem =>
  new Problem({
    kind: 'unexpected',
    place,
    cause,
    remedy:
      'Check that the address is that of a NetHSM of a release that this program knows, without a proxy in between',
  });

/** Reads a whole body; throws `unexpected` as soon as it has more than `limit` bytes. */
export async function readBytes(answer: Answer, limit = answer.answerBytes): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw unexpected(answer.place, `its answer has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Reads and checks a JSON answer. */
export async function readJson<T>(answer: Answer, schema: z.ZodType<T>): Promise<T> {
  const text = (await readBytes(answer)).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unexpected(
      answer.place,
      isHtml(answer.contentType, text) ? 'a web page came in place of an answer' : 'its answer is no JSON',
    );
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = cleanText(issue?.path.map(String).join('.') ?? '', 80);
  throw unexpected(answer.place, `its answer has not the form of the API${where === '' ? '' : ` at ${where}`}`);
}

/** Lets an answer without content end, so that its connection can be used again. */
export async function readNothing(answer: Answer): Promise<void> {
  await readBytes(answer);
}

export const isHtml = (contentType: string, text: string): boolean =>
  contentType.startsWith('text/html') || /^\s*<(!doctype|html)/i.test(text);
