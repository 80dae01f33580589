import { openDeviceBackup } from '../../backup/device-backup.ts';
import { comparePaths, keyPath } from '../../backup/paths.ts';
import type { Session } from '../../device/session.ts';
import type { KeyId, Namespace } from '../../names.ts';
import type { Context } from '../context.ts';

/** Sealed values as they stand in a backup of a device, and the domain that they open in. */
export interface SealedValues {
  domain: string;
  /** Those of the wanted ids that the device has. */
  values: ReadonlyMap<KeyId, Buffer>;
}

/** Reads sealed values out of backups of one device. */
export interface SealedReader {
  /**
   * The sealed values of keys of a namespace. Wants that come while the device is read are gathered for the next pass, so
   * that one pass serves all namespaces, and a pass ends as soon as all that is wanted went by.
   */
  read(namespace: Namespace, ids: readonly KeyId[]): Promise<SealedValues>;
  /** How long the last pass took, in milliseconds. */
  lastPass(): number;
}

interface Want {
  namespace: Namespace;
  values: Map<KeyId, Buffer>;
  missing: Set<string>;
  last: string;
  resolve(values: SealedValues): void;
  reject(error: unknown): void;
}

/** What was found of the domain in a pass to the end, and the entry by which it is known again before the keys come. */
interface Domain {
  fingerprint: string;
  sign: Buffer;
}

/** How long wants are gathered before a pass, in milliseconds. */
const GATHERED_MS = 10;

/** Makes a reader of a device; nothing is read before something is wanted. */
export function createSealedReader(ctx: Pick<Context, 'clock' | 'signal'>, session: Session): SealedReader {
  const { clock, signal } = ctx;
  let waiting: Want[] = [];
  let isReading = false;
  let domain: Domain | undefined;
  let lastPass = 0;

  const readAll = async (): Promise<void> => {
    isReading = true;
    while (waiting.length > 0) {
      // Those who were woken by one change list their namespaces at the same time; their wants belong together.
      await clock.sleep(GATHERED_MS);
      const wants = waiting;
      waiting = [];
      const begun = clock.now();
      try {
        domain = await readOnce(session, wants, domain, signal);
        for (const want of wants) want.resolve({ domain: domain.fingerprint, values: want.values });
      } catch (error) {
        for (const want of wants) want.reject(error);
      }
      lastPass = clock.now() - begun;
    }
    isReading = false;
  };
  return {
    lastPass: () => lastPass,
    read(namespace, ids) {
      return new Promise((resolve, reject) => {
        const paths = ids.map((id) => keyPath(namespace, id)).sort(comparePaths);
        const want = { namespace, values: new Map(), missing: new Set<string>(paths), last: paths.at(-1) ?? '' };
        waiting.push({ ...want, resolve, reject });
        if (!isReading) void readAll();
      });
    },
  };
}

/**
 * One pass over the device. The first goes to the end, which tells the domain; later ones stop when nothing more is wanted,
 * if the `.version` entry that stands before all keys is the same as then: whoever gets another Domain Key gets another one.
 */
async function readOnce(
  session: Session,
  wants: readonly Want[],
  known: Domain | undefined,
  signal: AbortSignal | undefined,
): Promise<Domain> {
  const last = wants
    .map((want) => want.last)
    .sort(comparePaths)
    .at(-1) as string;
  const pass = await openDeviceBackup(session, signal ? { signal } : {});
  let sign: Buffer | undefined;
  for await (const batch of pass.batches) {
    for (const { entry, path } of batch) {
      if (path.kind === 'version' && path.store === 'authentication') sign = Buffer.from(entry.value);
      if (path.kind !== 'key') continue;
      for (const want of wants) {
        if (path.namespace === want.namespace && want.missing.delete(entry.path)) {
          want.values.set(path.id, Buffer.from(entry.value));
        }
      }
    }
    const end = batch.at(-1)?.entry.path ?? '';
    const isPast = end.startsWith('/key/') && comparePaths(end, last) >= 0;
    if (isPast && known !== undefined && sign?.equals(known.sign) === true) return known;
  }
  return { fingerprint: pass.summary().domain, sign: sign ?? Buffer.alloc(0) };
}
