import type { WorkOptions } from '../core/progress.ts';
import type { Surroundings } from './terminal/streams.ts';
import type { Style } from './terminal/style.ts';

/** How a run talks: text for people, and at most one JSON document. */
export interface Output {
  /** Whether stdout is for one JSON document. */
  json: boolean;
  /** Of the stream that {@link Output.say} writes to. */
  style: Style;
  /** Lines for people: stdout, or stderr when stdout is for JSON. */
  say(...lines: string[]): void;
  /** Lines for people that are no result: always stderr. */
  note(...lines: string[]): void;
  /** Lines that JSON says better: stdout, or nowhere when stdout is for JSON. */
  table(...lines: string[]): void;
  /** The one JSON document, whole or in pieces of text; nothing unless JSON is asked for. */
  answer(document: unknown): void;
  answerInPieces(pieces: AsyncIterable<string>): Promise<void>;
  /** Whether the document is out already. */
  answered(): boolean;
}

/** One run of a verb: how it talks, what stops it, where it keeps things. */
export interface Run extends Output {
  around: Surroundings;
  /** Fires at the first request to stop. */
  signal: AbortSignal;
  /** For the functions of the engine: stop and progress. */
  work: Required<Pick<WorkOptions, 'signal' | 'onProgress'>>;
  /** Folder of known devices and journal; made when first written to. Throws a Problem `usage` when there is no place for it. */
  stateFolder(): string;
  trustNewDevices: boolean;
  allowCommands: boolean;
}
