/** What the engine asks of the person, and what it is allowed. */

/** What the surroundings allow. Until it is told, nothing is trusted. */
export interface EngineOptions {
  /** Whether the workspace is trusted: else the engine connects to nothing and reads no secret. */
  trusted: boolean;
  /** The state folder; the platform's, shared with the command line, when undefined. */
  stateFolder?: string;
}

/** One secret that is needed now. */
export interface SecretParams {
  manifest: string;
  /** The device; the namespace of a `namespaceAdministrator`; the file of an `archivePassphrase`, empty for all archives. */
  owner: string;
  /** `administrator`, `backup`, `metrics`, `namespaceAdministrator`, `backupPassphrase`, `unlockPassphrase`, `archivePassphrase`. */
  credential: string;
  /** For people: `passphrase of admin on oslo`. */
  title: string;
  /** What it is wanted for: `to back up payments of oslo`. */
  reason: string;
  /** Where it will go: a kept secret counts only for these, all of them. Empty for the passphrase of files. */
  places: { origin: string; pin: string }[];
  /** Set when the device refused the last one: don't give a kept one again. */
  refused?: boolean;
  /** Set when nobody is to be asked: only a kept one counts. */
  keptOnly?: boolean;
}

export interface SecretAnswer {
  secret: string;
}

export interface SecretOutcome {
  manifest: string;
  owner: string;
  credential: string;
  places: { origin: string; pin: string }[];
  accepted: boolean;
}

export interface ConfirmDeviceParams {
  manifest: string;
  device: string;
  origin: string;
  /** `sha256:…`, or `loopback-http` for this machine without TLS. */
  pin: string;
  /** `changed`: another public key was confirmed for this address before. */
  verdict: 'new' | 'changed';
}

export interface ForgetSecretsParams {
  manifest?: string;
  device?: string;
}
