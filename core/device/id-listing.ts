import { type Answer, isHtml, unexpected } from './answer.ts';

/** One element of a listing with its longest id; anything longer is no listing. */
const MAX_ELEMENT = 4096;
const MAX_ID = 1024;
const TOO_LONG = 'its listing holds an element that is too long';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What the elements of a listing are told by. */
type Field = 'id' | 'user';

/** Reads a listing (`[{"id": "…"}, …]`) and returns the field of each element, as the device wrote it. */
export async function readListing(answer: Answer, field: Field): Promise<string[]> {
  const found: string[] = [];
  await readListed(answer, field, (id) => found.push(id));
  return found;
}

/** Reads a listing as it arrives and gives away the field of each element, holding none: a device may list millions. */
export async function readListed(answer: Answer, field: Field, take: (id: string) => void): Promise<void> {
  let found = 0;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let length = 0;
  let rest = '';
  let place = 'before' as 'before' | 'inside' | 'after';
  const wrong = (cause: string) => unexpected(answer.place, cause);

  const read = (text: string): void => {
    let at = 0;
    for (;;) {
      at = skip(text, at, found > 0 && place === 'inside');
      if (at >= text.length) break;
      if (place === 'before' && text[at] === '[') {
        place = 'inside';
        at++;
      } else if (place === 'inside' && text[at] === ']') {
        place = 'after';
        at++;
      } else if (place === 'inside' && text[at] === '{') {
        const end = elementEnd(text, at);
        if (end === undefined) break;
        if (end - at > MAX_ELEMENT) throw wrong(TOO_LONG);
        if (found === answer.listingIds) throw wrong(`its listing has more than ${answer.listingIds} ids`);
        const id = fieldOf(text.slice(at, end), field);
        if (id === undefined) throw wrong('its listing holds something that is no id');
        take(id);
        found += 1;
        at = end;
      } else {
        throw wrong(
          isHtml(answer.contentType, text) ? 'a web page came in place of a listing' : 'its answer is no listing',
        );
      }
    }
    rest = text.slice(at);
    if (rest.length > MAX_ELEMENT) throw wrong(TOO_LONG);
  };

  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > answer.listingBytes) throw wrong(`its listing has more than ${answer.listingBytes} bytes`);
    read(rest + decode(decoder, chunk, wrong));
  }
  if (place !== 'after' || rest !== '') throw wrong('its listing ends in the middle');
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk: Buffer, wrong: (cause: string) => Error): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch {
    throw wrong('its listing is no UTF-8 text');
  }
}

/** Goes over white space, and between elements over commas. */
function skip(text: string, from: number, commas: boolean): number {
  let at = from;
  while (at < text.length) {
    const char = text[at] as string;
    if (char !== ' ' && char !== '\n' && char !== '\r' && char !== '\t' && !(commas && char === ',')) break;
    at++;
  }
  return at;
}

/** Where the object that starts at `from` ends; undefined when the text ends first. */
function elementEnd(text: string, from: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (code === 0x7b) depth++;
    else if (code === 0x7d && --depth === 0) return at + 1;
  }
  return undefined;
}

function fieldOf(text: string, field: Field): string | undefined {
  try {
    const id = (JSON.parse(text) as Record<string, unknown>)[field];
    return typeof id === 'string' && id.length <= MAX_ID ? id : undefined;
  } catch {
    return undefined;
  }
}
