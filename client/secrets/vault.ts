/** Secrets in the editor's own storage, each bound to the addresses and public keys that it may go to. */
import { createHash } from 'node:crypto';
import type { ForgetSecretsParams, SecretOutcome, SecretParams } from '../../server/operations/protocol.ts';

/** What VS Code's SecretStorage gives us. */
export interface SecretShelf {
  get(key: string): Thenable<string | undefined>;
  store(key: string, value: string): Thenable<void>;
  delete(key: string): Thenable<void>;
}

/** What VS Code's Memento gives us: survives the session, holds no secret. */
export interface Notebook {
  get<T>(key: string): T | undefined;
  update(key: string, value: unknown): Thenable<void>;
}

/** What a secret is for. */
export type SecretPurpose = Pick<SecretParams, 'manifest' | 'owner' | 'credential' | 'places'>;

export interface Vault {
  /** A secret that was kept for exactly these places. */
  kept(purpose: SecretPurpose): Promise<string | undefined>;
  /** Holds it until it is known whether it is right. */
  given(purpose: SecretPurpose, secret: string): void;
  /** Keeps what was taken, forgets what was refused. */
  outcome(outcome: SecretOutcome): Promise<void>;
  /** Forgets what is kept for a manifest or a device, or all; tells how many that were. */
  forget(which: ForgetSecretsParams): Promise<number>;
  /** Whether an earlier session's secrets are gone: a storage that lives in memory only. */
  forgetful(): Promise<boolean>;
}

interface Kept {
  key: string;
  manifest: string;
  owner: string;
}

const INDEX = 'secrets.index';
const CANARY = 'secrets.canary';

/** Names the secret by what it is for; another address or pin is another name. What goes to none is a manifest's own. */
export function secretKey({ manifest, owner, credential, places }: SecretPurpose): string {
  const sorted = places.length === 0 ? [manifest] : places.map(({ origin, pin }) => `${origin} ${pin}`).sort();
  return `secret:${createHash('sha256')
    .update(JSON.stringify([owner, credential, sorted]))
    .digest('hex')
    .slice(0, 32)}`;
}

/** The passphrase of one file is asked for each time; that of all archives of a manifest is kept. */
export const isKeepable = ({ owner, places }: Pick<SecretPurpose, 'owner' | 'places'>): boolean =>
  places.length > 0 || owner === '';

export function createVault(shelf: SecretShelf, notebook: Notebook, session: string): Vault {
  const waiting = new Map<string, string>();
  const index = (): Kept[] => notebook.get<Kept[]>(INDEX) ?? [];

  return {
    async kept(purpose) {
      return isKeepable(purpose) ? shelf.get(secretKey(purpose)) : undefined;
    },
    given(purpose, secret) {
      if (isKeepable(purpose)) waiting.set(secretKey(purpose), secret);
    },
    async outcome({ accepted, ...purpose }) {
      const key = secretKey(purpose);
      const secret = waiting.get(key);
      waiting.delete(key);
      if (!accepted) {
        await shelf.delete(key);
        await notebook.update(
          INDEX,
          index().filter((kept) => kept.key !== key),
        );
        return;
      }
      if (secret === undefined) return;
      await shelf.store(key, secret);
      await shelf.store(CANARY, session);
      await notebook.update(CANARY, session);
      const others = index().filter((kept) => kept.key !== key);
      await notebook.update(INDEX, [...others, { key, manifest: purpose.manifest, owner: purpose.owner }]);
    },
    async forget({ manifest, device }) {
      waiting.clear();
      const meant = (kept: Kept) =>
        (manifest === undefined || kept.manifest === manifest) && (device === undefined || kept.owner === device);
      const gone = index().filter(meant);
      for (const { key } of gone) await shelf.delete(key);
      await notebook.update(
        INDEX,
        index().filter((kept) => !meant(kept)),
      );
      return gone.length;
    },
    async forgetful() {
      const written = notebook.get<string>(CANARY);
      if (written === undefined || written === session) return false;
      if ((await shelf.get(CANARY)) === written) return false;
      // Said once, until secrets are kept again.
      await notebook.update(CANARY, undefined);
      await notebook.update(INDEX, []);
      return true;
    },
  };
}
