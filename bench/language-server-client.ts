import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  createProtocolConnection,
  type Position,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';

/** A language server under measurement, over stdio, with one text open. */
export interface Measured {
  /** Puts text in place of a range and waits for this many diagnostics; in milliseconds. */
  edit(range: { start: Position; end: Position }, text: string, diagnostics: number): Promise<number>;
  /** Sends an edit and does not wait. */
  type(range: { start: Position; end: Position }, text: string): Promise<void>;
  /** Asks at a position; in milliseconds, with what came back. */
  ask(method: string, position: Position): Promise<{ ms: number; answer: unknown }>;
  /** Waits until the server has been idle for a moment. */
  settle(): Promise<void>;
  /** Processor time used so far, in milliseconds. */
  cpu(): number;
  /** Memory held now, and the most it held, in MiB. */
  memory(): { now: number; most: number };
  stop(): void;
}

const URI = 'file:///bench/site.nethsm.yaml';

/** Starts a server and opens the text; tells how long until its first diagnostics, in milliseconds. */
export async function openIn(
  command: string[],
  settings: unknown,
  text: string,
): Promise<{ server: Measured; openMs: number }> {
  const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'ignore'] });
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  let count = -1;
  let wake: (() => void) | undefined;
  connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }) => {
    if (uri !== URI) return;
    count = diagnostics.length;
    wake?.();
  });
  connection.onRequest('workspace/configuration', ({ items }: { items: { section: string }[] }) =>
    items.map(({ section }) => (section === 'yaml' ? settings : {})),
  );
  connection.onRequest('client/registerCapability', () => null);
  connection.listen();
  const reached = async (wanted: number) => {
    while (count !== wanted) await new Promise<void>((resolve) => (wake = resolve));
  };
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {
      workspace: { configuration: true },
      textDocument: { completion: { completionItem: { snippetSupport: true } } },
    },
    workspaceFolders: null,
  });
  await connection.sendNotification('initialized', {});
  await new Promise((resolve) => setTimeout(resolve, 500));
  const started = performance.now();
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri: URI, languageId: 'yaml', version: 1, text },
  });
  await reached(0);
  return { server: measured(child, connection, reached), openMs: performance.now() - started };
}

function measured(
  child: ChildProcess,
  connection: ProtocolConnection,
  reached: (count: number) => Promise<void>,
): Measured {
  let version = 1;
  const type: Measured['type'] = (range, text) =>
    connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: URI, version: ++version },
      contentChanges: [{ range, text }],
    });
  const cpu = () => {
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    // Fields 14 and 15, in hundredths of a second.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  return {
    type,
    cpu,
    edit: async (range, text, diagnostics) => {
      const started = performance.now();
      await type(range, text);
      await reached(diagnostics);
      return performance.now() - started;
    },
    ask: async (method, position) => {
      const started = performance.now();
      const answer = await connection.sendRequest(method, { textDocument: { uri: URI }, position });
      return { ms: performance.now() - started, answer };
    },
    settle: async () => {
      for (let before = -1; before !== cpu(); ) {
        before = cpu();
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    },
    memory: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const of = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
      return { now: of('VmRSS'), most: of('VmHWM') };
    },
    stop: () => {
      connection.dispose();
      child.kill();
    },
  };
}
