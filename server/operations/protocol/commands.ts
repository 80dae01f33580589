/** Commands, what they take, and how they end. */
import type { WorkspaceEdit } from 'vscode-languageserver-types';
import type { DriftCounts, ProblemData } from './views.ts';

interface InNamespace {
  manifest: string;
  /** Empty for root. */
  namespace: string;
}
interface OnDevice extends InNamespace {
  device: string;
}

/** A name that a person typed to say that it is meant; the engine checks it again. */
interface Typed {
  typed: string;
  /** Of the preview that the person saw; the command is refused when something changed since. */
  premise: string;
}

/** What each command takes. */
export interface CommandParams {
  /** Compares replicas with the primary: one, or all. */
  diff: InNamespace & { replica?: string };
  plan: InNamespace;
  synchronise: InNamespace & { premise?: string };
  /** Into the folder of the manifest's `backups`, or to a file. Without a device: of the primary. */
  backUpNamespace: InNamespace & { device?: string; file?: string };
  verifyArchive: { manifest: string; file: string };
  restoreNamespace: OnDevice & { file: string; users: boolean };
  backUpKey: OnDevice & { key: string; file?: string };
  restoreKey: OnDevice & { key: string; file: string };
  /** Some keys, or all that the target lacks. */
  copyKeys: InNamespace & { keys: string[] | 'missing'; from: string; to: string };
  /** `typed` is the name of the device that loses what it holds. */
  pair: { manifest: string; from: string; to: string; erase: boolean } & Typed;
  switchover: OnDevice & { premise?: string };
  /** `typed` is the name of the namespace. */
  failover: OnDevice & { acceptLoss: boolean } & Typed;
  rejoin: OnDevice & { premise?: string };
  /** Keepers back from an archive; `typed` is the name of the namespace. */
  breakGlass: OnDevice & { file: string } & Typed;
  resolve: InNamespace & { conflict: string; keep: string };
  pause: InNamespace;
  resume: InNamespace;
  /** One device, or all. */
  doctor: { manifest: string; device?: string };
  /** Adds a device to the manifest after its secrets were tried; ends in `edit`. */
  addDevice: {
    manifest: string;
    name: string;
    url: string;
    /** Of the probe, confirmed by the person; `loopback-http` when absent. */
    pin?: string;
    administrator?: string;
    backup?: string;
  };
  /** Two practice devices in the engine's process, with a manifest in `folder`; they last as long as the engine. */
  startPractice: { folder: string; fresh: boolean };
  stopPractice: Record<never, never>;
}

export type CommandName = keyof CommandParams;

/** How a command ended. "Partly done" is never "done". */
export interface CommandResult {
  ended: 'done' | 'partly' | 'nothing-to-do' | 'refused' | 'cancelled' | 'failed';
  asked: number;
  done: number;
  verified: number;
  /** One sentence for a notification. */
  summary: string;
  /** All of it, as Markdown. */
  details: string;
  problem?: ProblemData;
  /** Of `diff`: by replica. */
  drift?: Record<string, DriftCounts>;
  /** A change of the manifest that belongs to it, to be applied and shown. */
  edit?: WorkspaceEdit;
  /** A file that was written, or the manifest of the practice devices. */
  file?: string;
}

/** The command whose effect is asked for. */
export type PreviewParams = {
  [C in Previewed]: { command: C; params: Omit<CommandParams[C], keyof Typed> };
}[Previewed];
type Previewed =
  | 'synchronise'
  | 'restoreNamespace'
  | 'restoreKey'
  | 'copyKeys'
  | 'pair'
  | 'switchover'
  | 'failover'
  | 'rejoin'
  | 'breakGlass'
  | 'resolve';

export interface Preview {
  /** What would change, a sentence each, with numbers. */
  changes: string[];
  /** What may be lost, a sentence each. */
  losses: string[];
  /** What the person must type; undefined when a button is enough. */
  mustType?: string;
  /** Whether something may be lost that must be accepted: `acceptLoss` of failover. */
  mustAccept: boolean;
  /** Goes along with the command, so that it is about what was seen. */
  premise: string;
  /** Why it can't be done. */
  problem?: ProblemData;
  /** Whether a plan can be shown as a diff: text `plan`. */
  hasPlan: boolean;
}

export interface Probe {
  origin: string;
  /** `sha256:…`, or `loopback-http` for this machine without TLS. */
  pin: string;
  confirmed: 'known' | 'new' | 'changed';
  state: string;
  release?: string;
  certificate?: { subject: string; issuer: string; validTo: number };
}
