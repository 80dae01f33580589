import { Problem } from '../problem.ts';
import { createEntryParser, truncated } from './entries.ts';
import { type BackupEntry, type BackupHeader, MAGIC } from './format.ts';
import { type BackupKeySource, cutHeader, notABackup, openHeader, type SealedHeader } from './header.ts';
import type { SecretKey } from './sealing.ts';

/** How {@link openBackup} reads. */
export interface ReadOptions {
  /** What the file is called in messages. */
  place: string;
  signal?: AbortSignal;
  /**
   * `strict` (the default): a path that stands twice, or not in the order in which devices write them, is damage.
   * `any`: the caller looks for doubles himself.
   */
  order?: 'any' | 'strict';
}

/** A backup file whose header is read and whose entries wait to be read, once. */
export interface OpenBackup {
  header: BackupHeader;
  backupKey: SecretKey;
  /**
   * The entries, all whole ones of a chunk together, never an empty batch. Reading to the end proves that the file is
   * complete (version 1) and that nothing follows; a fault throws after the entries before it were given.
   */
  batches: AsyncIterable<BackupEntry[]>;
  /** The bytes behind the zero length of version 1, as far as they were read. */
  endMark(): Buffer | undefined;
  /** Lets go of the source when the entries are not wanted, or no more of them. */
  close(): Promise<void>;
}

/**
 * Opens a backup file of version 0 or 1 from chunks of any size; memory stays at one chunk and one entry.
 * Throws a Problem: `not-a-backup`, `unsupported-version`, `wrong-passphrase`, `truncated`, `damaged`, `cancelled`.
 */
export async function openBackup(
  source: AsyncIterable<Uint8Array>,
  key: BackupKeySource,
  options: ReadOptions,
): Promise<OpenBackup> {
  const { place, order = 'strict' } = options;
  const chunks = source[Symbol.asyncIterator]();
  const close = async (): Promise<void> => void (await chunks.return?.());
  try {
    const { sealed, rest } = await readHeader(chunks, options);
    const { header, backupKey } = await openHeader(sealed, key, place);
    const parser = createEntryParser({ version: header.version, backupKey, order, place, offset: header.raw.length });
    async function* batches(): AsyncGenerator<BackupEntry[]> {
      try {
        for (let chunk: Uint8Array | undefined = rest; chunk !== undefined; chunk = await next(chunks, options)) {
          const entries = parser.push(chunk);
          if (entries.length > 0) yield entries;
          if (parser.problem !== undefined) throw parser.problem;
        }
        const problem = parser.end();
        if (problem !== undefined) throw problem;
      } finally {
        await close();
      }
    }
    return { header, backupKey, batches: batches(), endMark: () => parser.endMark, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The entries of batches, one by one. Slower than the batches: an await an entry. */
export async function* entriesOf(batches: AsyncIterable<BackupEntry[]>): AsyncGenerator<BackupEntry> {
  for await (const batch of batches) yield* batch;
}

async function readHeader(
  chunks: AsyncIterator<Uint8Array>,
  options: ReadOptions,
): Promise<{ sealed: SealedHeader; rest: Buffer }> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const chunk = await next(chunks, options);
    if (chunk === undefined) throw endsInHeader(bytes, options.place);
    bytes = Buffer.concat([bytes, chunk]);
    const sealed = cutHeader(bytes, options.place);
    // The header is kept for long: it must not hold on to the chunk it came in.
    if (sealed !== undefined) {
      return {
        sealed: cutHeader(Buffer.from(sealed.raw), options.place) as SealedHeader,
        rest: bytes.subarray(sealed.raw.length),
      };
    }
  }
}

function endsInHeader(bytes: Buffer, place: string): Problem {
  if (bytes.length >= MAGIC.length) return truncated(`${place}, byte ${bytes.length}`);
  return notABackup(place, bytes.length === 0 ? 'it is empty' : 'it is too short');
}

/** The next chunk, or undefined at the end; throws `cancelled` when the signal fires, also while waiting. */
function next(chunks: AsyncIterator<Uint8Array>, options: ReadOptions): Promise<Uint8Array | undefined> {
  const { signal, place } = options;
  const step = async (): Promise<Uint8Array | undefined> => {
    const result = await chunks.next();
    return result.done === true ? undefined : result.value;
  };
  if (signal === undefined) return step();
  return new Promise((resolve, reject) => {
    const cancel = (): void => reject(cancelled(place));
    if (signal.aborted) return cancel();
    signal.addEventListener('abort', cancel, { once: true });
    step()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', cancel));
  });
}

const cancelled = (place: string): Problem =>
  new Problem({ kind: 'cancelled', place, cause: 'reading was stopped', remedy: 'Start it again when it suits' });
