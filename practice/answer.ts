/** What a resource answers. */
export interface Answer {
  status: number;
  /** Content type in place of the resource's own; null for none. */
  type?: string | null;
  headers?: Record<string, string>;
  body?: string | Buffer | AsyncIterable<Buffer>;
}

/** Thrown by a resource to refuse: the device's JSON error, or none when there is no message. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

/** Refuses with a status and, when given, the device's message. */
export function refuse(status: number, message?: string, headers?: Record<string, string>): never {
  throw new Refusal(message === undefined ? { status, headers: headers ?? {} } : failure(status, message, headers));
}

/** Refuses who may not: 403 without a word, as the server does before it looks at the body. */
export function deny(): never {
  throw new Refusal({ status: 403, type: null });
}

/** The device's JSON error. */
export const failure = (status: number, message: string, headers: Record<string, string> = {}): Answer => ({
  status,
  type: 'application/json',
  headers,
  body: JSON.stringify({ message }),
});

/** A JSON answer. */
export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: JSON.stringify(body),
});

/** An answer without a body. */
export const empty = (status: number, headers: Record<string, string> = {}): Answer => ({ status, headers });
