/**
 * What the editor's client and the engine say to each other, on the connection that the language features use too: one list
 * of requests each way and one of notifications. Types and names only, so that the client takes nothing else along.
 *
 * A request about devices that fails as a whole answers with an LSP error whose `data` is a {@link ProblemData}; where only
 * a part is out of reach, the answer says so in that part. No answer holds a secret. Cancelling a read ends it at once;
 * cancelling a command waits for its next safe point and ends in a result like any other.
 */
import type {
  ConfirmDeviceParams,
  EngineOptions,
  ForgetSecretsParams,
  SecretAnswer,
  SecretOutcome,
  SecretParams,
} from './protocol/asking.ts';
import type { CommandName, CommandParams, CommandResult, Preview, PreviewParams, Probe } from './protocol/commands.ts';
import type {
  Activity,
  Archive,
  DeviceDetails,
  DeviceView,
  DriftPage,
  DriftParams,
  Fresh,
  FreshOverview,
  KeyDetails,
  KeyPage,
  KeysParams,
  ManifestView,
  Text,
  TextParams,
} from './protocol/views.ts';

export type * from './protocol/asking.ts';
export type * from './protocol/commands.ts';
export type * from './protocol/views.ts';

/** Requests of the client that change nothing on a device. */
export interface Reads {
  /** All manifests of the workspace with their namespaces; the Replication view. */
  'nethsm/overview': [params: FreshOverview, result: { manifests: ManifestView[] }];
  /** The devices of a manifest; the Devices view. */
  'nethsm/devices': [params: { manifest: string } & Fresh, result: { devices: DeviceView[] }];
  /** Namespaces, users and findings of one device. */
  'nethsm/deviceDetails': [params: { manifest: string; device: string } & Fresh, result: DeviceDetails];
  'nethsm/keys': [params: KeysParams, result: KeyPage];
  'nethsm/key': [
    params: { manifest: string; namespace: string; device: string; key: string } & Fresh,
    result: KeyDetails,
  ];
  'nethsm/drift': [params: DriftParams, result: DriftPage];
  /** The text of a virtual document, the same for the same content: for the diff editor. */
  'nethsm/text': [params: TextParams, result: Text];
  /** Sealed archives in the folders that the manifest names, in ours, and beside the manifest. */
  'nethsm/archives': [params: { manifest: string }, result: { archives: Archive[] }];
  /** Ids of the keys that an archive holds, and how many; none of either where the file is too large to be listed. */
  'nethsm/archiveKeys': [
    params: { manifest: string; file: string; filter?: string; limit: number },
    result: { keys?: string[]; total?: number },
  ];
  /** What ran, the newest first; by the agent or the command line on this machine too. */
  'nethsm/activity': [params: { manifest: string; namespace?: string; most: number }, result: { activity: Activity[] }];
  /** What a command would change and what may be lost, in numbers, before it is asked for. */
  'nethsm/preview': [params: PreviewParams, result: Preview];
  /** What stands at an address: its public key, state and release. Sends no secret. */
  'nethsm/probe': [params: { url: string }, result: Probe];
  /** Forgets secrets that the engine holds in memory: all, or those of a manifest or a device. */
  'nethsm/forgetSecrets': [params: ForgetSecretsParams, result: null];
}

/** Requests of the client that do something: one a command, `nethsm/do/synchronise`. */
export type Commands = {
  [C in CommandName as `nethsm/do/${C}`]: [params: CommandParams[C] & Operation, result: CommandResult];
};

export type Requests = Reads & Commands;

/** What each command carries besides its own. */
export interface Operation {
  /** Of the client's choice: names the progress that is told of it. */
  operation: string;
}

/** Requests of the engine to the client. */
export interface Questions {
  /** A secret that is needed; null when the person gave none. */
  'nethsm/secret': [params: SecretParams, result: SecretAnswer | null];
  /** Whether a person says that passphrases may go to this address and public key. */
  'nethsm/confirmDevice': [params: ConfirmDeviceParams, result: boolean];
}

/** Notifications of the engine. */
export interface News {
  'nethsm/progress': Progress;
  'nethsm/changed': Changed;
  /** Whether a device took a secret: keep it, or forget it. */
  'nethsm/secretOutcome': SecretOutcome;
}

/** Notifications of the client. */
export interface Orders {
  /** What the surroundings allow, at the start (also in `initializationOptions.engine`) and whenever it changes. */
  'nethsm/options': EngineOptions;
}

export interface Progress {
  operation: string;
  /** For people: `reading the backup of oslo`. */
  phase: string;
  done: number;
  total?: number;
  unit: 'keys' | 'entries' | 'bytes';
}

/** Something that views show is another now; ask again for what is visible. */
export interface Changed {
  /** Undefined: any manifest. */
  manifest?: string;
  what: 'manifests' | 'devices' | 'namespaces' | 'keys' | 'archives' | 'activity';
}
