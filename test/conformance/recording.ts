import { readdirSync, readFileSync } from 'node:fs';

/** A part of a recorded multipart body. */
export interface RecordedPart {
  name: string;
  type: string;
  text?: string;
  /** `(bytes of the step named in \`from\`)`, or the bytes themselves. */
  file?: string;
}

/** One request and what the real server answered. */
export interface Step {
  name?: string;
  server: 'A' | 'B';
  request: {
    method: string;
    path: string;
    auth?: string;
    headers?: Record<string, string>;
    json?: unknown;
    text?: string;
    multipart?: RecordedPart[];
    from?: string;
    waitMs?: number;
  };
  response: {
    status: number;
    headers: Record<string, string>;
    json?: unknown;
    text?: string;
    bytes?: number;
  };
  volatile?: string[];
}

/** A scenario of the real server. */
export interface Recording {
  name: string;
  steps: Step[];
}

const FOLDER = new URL('./recordings/', import.meta.url);

/** Every recording, in order. */
export function readRecordings(): Recording[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => ({
      name: file.replace('.json', ''),
      steps: (JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as { steps: Step[] }).steps,
    }));
}
