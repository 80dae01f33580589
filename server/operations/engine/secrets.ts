import type { DeviceNode } from '../../../core/device/node.ts';
import { getUser } from '../../../core/device/users.ts';
import { isProblem, Problem } from '../../../core/problem.ts';
import { isSourced, type SecretGetter, sourcedSecret, type WantedSecret } from '../../../core/sessions/secrets.ts';
import type { SecretOutcome, SecretParams } from '../protocol.ts';
import { errand, nobodyAsked, type Person } from './asking.ts';
import type { SavedManifest } from './manifests.ts';

/** Secrets of the editor's storage and of persons, in memory while the engine runs. */
export interface SecretStore {
  /** For one device of a manifest; `places` are those that its nodes were confirmed for. */
  getter(saved: SavedManifest, device: string, to: Destination): SecretGetter;
  /** The passphrase of a file, or of all archives of a manifest (the empty name); `refused` after one that did not open it. */
  ofFile(saved: SavedManifest, file: string, title: string, refused?: boolean): Promise<string>;
  /** Tells whether the secret that the engine had was right; a wrong one is forgotten, here and in the editor. */
  judge(saved: SavedManifest, owner: string, credential: string, accepted: boolean): void;
  /** Secrets that an errand used, and that its end proves right. */
  prove(used: Iterable<string>): void;
  /**
   * After a device took over the users and passphrases of another: what was its own is forgotten, here and in the editor,
   * and what is known of the other counts for it, where its own user is the same and the manifest names no source.
   */
  takeOver(saved: SavedManifest, from: string, to: string): void;
  forget(manifest?: string, owner?: string): void;
}

export interface Destination {
  places: { origin: string; pin: string }[];
  node(): DeviceNode;
  /** Whose passphrase it is, where the manifest does not say yet. */
  user?: string;
}

export interface SecretSurroundings {
  person: Person;
  tell(outcome: SecretOutcome): void;
  env: NodeJS.ProcessEnv;
  /** Whether `command` sources run and files outside the manifest's folder are read. */
  trusted(): boolean;
}

interface Kept {
  secret: Promise<string>;
  /** Whether a person could be asked for it. */
  asks: boolean;
  /** Set when it came from the editor: whom to tell whether it is right. */
  given?: Omit<SecretOutcome, 'accepted'>;
  isProved: boolean;
}

type Wanted = Omit<SecretParams, 'reason' | 'keptOnly'>;

/** Credentials of a device; those of namespaces are the same on all their devices. */
const OF_DEVICE = ['administrator', 'backup', 'metrics', 'backupPassphrase', 'unlockPassphrase'] as const;
type OfDevice = (typeof OF_DEVICE)[number];

/** A person may mistype; the device punishes each wrong try with a second. */
const TRIES = 3;

export function createSecrets({ person, tell, env, trusted }: SecretSurroundings): SecretStore {
  const kept = new Map<string, Kept>();
  const keyOf = (uri: string, owner: string, credential: string) => [uri, owner, credential].join('\n');

  const hold = (key: string, fetch: (entry: Kept) => Promise<string>): Promise<string> => {
    const { ask, used } = errand();
    used?.add(key);
    const known = kept.get(key);
    if (known !== undefined && (known.asks || !ask)) return known.secret;
    const entry: Kept = known ?? { secret: Promise.resolve(''), asks: ask, isProved: false };
    // What was begun in the background asked nobody.
    const secret = known === undefined ? fetch(entry) : known.secret.catch(() => fetch(entry));
    Object.assign(entry, { secret, asks: ask });
    kept.set(key, entry);
    secret.catch(() => entry.secret === secret && kept.get(key) === entry && kept.delete(key));
    return secret;
  };

  const ask = async (params: Wanted, entry: Kept): Promise<string> => {
    const { ask: may, kept: keptOnly = false, reason } = errand();
    const { manifest, owner, credential, places, title } = params;
    const nobody = () => nobodyAsked('unauthorised', owner, `the ${title} is needed`);
    if (!may && (!keptOnly || params.refused)) throw nobody();
    entry.given = { manifest, owner, credential, places };
    const answer = await person.secret({ ...params, reason, ...(!may && { keptOnly }) });
    if (answer !== null && answer.secret !== '') return answer.secret;
    if (!may) throw nobody();
    throw new Problem({
      kind: 'cancelled',
      place: owner,
      cause: `the ${title} was not given`,
      remedy: 'Start again when you have it',
    });
  };

  const tellOf = (entry: Kept, accepted: boolean): void => {
    if (entry.given !== undefined && !(accepted && entry.isProved)) tell({ ...entry.given, accepted });
    entry.isProved = accepted;
  };

  /** Asks until the device takes it, or says nothing about it. */
  const askChecked = async (params: Wanted, entry: Kept, user: string | undefined, to: Destination) => {
    for (let attempt = 1; ; attempt++) {
      const secret = await ask({ ...params, ...(attempt > 1 && { refused: true }) }, entry);
      const verdict = user === undefined ? undefined : await isRight(to.node(), user, secret);
      if (verdict !== undefined) tellOf(entry, verdict);
      if (verdict !== false) return secret;
      if (attempt === TRIES) throw wrong(params.owner, params.title);
    }
  };

  return {
    getter(saved, device, to) {
      const rules = () => {
        const { signal } = errand();
        return { env, folder: saved.folder, allowCommands: trusted(), ...(signal && { signal }) };
      };
      return {
        get: (wanted) =>
          hold(keyOf(saved.uri, wanted.owner, wanted.credential), async (entry) => {
            const sourced = await sourcedSecret(wanted, rules());
            if (sourced !== undefined) return sourced;
            const { owner, credential, title } = wanted;
            const params = { manifest: saved.uri, owner, credential, title, places: to.places };
            return askChecked(params, entry, to.user ?? userOf(saved, device, wanted), to);
          }),
        has: (wanted) => isSourced(wanted, rules()) || kept.has(keyOf(saved.uri, wanted.owner, wanted.credential)),
      };
    },
    ofFile: (saved, file, title, refused) => {
      const key = keyOf(saved.uri, file, 'archivePassphrase');
      if (refused) kept.delete(key);
      const params = { manifest: saved.uri, owner: file, credential: 'archivePassphrase', title, places: [] };
      return hold(key, (entry) => ask({ ...params, ...(refused && { refused }) }, entry));
    },
    judge({ uri }, owner, credential, accepted) {
      const key = keyOf(uri, owner, credential);
      const entry = kept.get(key);
      if (entry === undefined) return;
      if (!accepted) kept.delete(key);
      tellOf(entry, accepted);
    },
    prove(used) {
      for (const key of used) {
        const entry = kept.get(key);
        if (entry !== undefined) tellOf(entry, true);
      }
    },
    takeOver(saved, from, to) {
      for (const credential of OF_DEVICE) {
        const key = keyOf(saved.uri, to, credential);
        const before = kept.get(key);
        kept.delete(key);
        if (before !== undefined) tellOf(before, false);
        const known = kept.get(keyOf(saved.uri, from, credential));
        if (known === undefined || userOfDevice(saved, from, credential) !== userOfDevice(saved, to, credential))
          continue;
        const wanted = { owner: to, credential, title: '', source: sourceOf(saved, to, credential) };
        if (isSourced(wanted, { env, folder: saved.folder, allowCommands: false })) continue;
        kept.set(key, { secret: known.secret, asks: known.asks, isProved: false });
      }
    },
    forget(manifest, owner) {
      for (const key of kept.keys()) {
        const [uri, of] = key.split('\n');
        if ((manifest === undefined || uri === manifest) && (owner === undefined || of === owner)) kept.delete(key);
      }
    },
  };
}

/** The user whose passphrase a credential of the manifest is; undefined for a passphrase of no user. */
function userOf(saved: SavedManifest, device: string, { owner, credential }: WantedSecret): string | undefined {
  if (credential === 'namespaceAdministrator') {
    return `${owner}~${saved.manifest.namespaces[owner]?.administrator.user ?? 'replicator'}`;
  }
  return userOfDevice(saved, device, credential);
}

function userOfDevice({ manifest }: SavedManifest, device: string, credential: string): string | undefined {
  const credentials = manifest.devices[device]?.credentials;
  if (credential === 'administrator' || credential === 'backup' || credential === 'metrics') {
    return credentials?.[credential]?.user;
  }
  return undefined;
}

function sourceOf({ manifest }: SavedManifest, device: string, credential: OfDevice) {
  const entry = manifest.devices[device]?.credentials?.[credential];
  return entry !== undefined && 'user' in entry ? entry.passphrase : entry;
}

/** Whether a device takes a passphrase; undefined when it does not say. Who may not look at himself was let in all the same. */
async function isRight(node: DeviceNode, user: string, passphrase: string): Promise<boolean | undefined> {
  const { signal } = errand();
  try {
    await getUser(node, { user, passphrase }, user, { signal });
    return true;
  } catch (error) {
    if (isProblem(error, 'forbidden', 'not-found')) return true;
    return isProblem(error, 'unauthorised') ? false : undefined;
  }
}

const wrong = (place: string, title: string): Problem =>
  new Problem({
    kind: 'unauthorised',
    place,
    cause: `the device refused the ${title} ${TRIES} times`,
    remedy: 'Look it up, and start again',
  });
