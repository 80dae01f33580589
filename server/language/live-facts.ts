/**
 * What is known from the devices, as the language features see it. They only read it: who fills it talks to
 * the devices. Every fact says when it was seen, and is shown with its age.
 */
export interface LiveFacts {
  /** The facts of one manifest; undefined when nothing was ever seen for it. */
  of(uri: string): ManifestFacts | undefined;
  /** Calls back with the manifest whose facts changed; returns how to stop. */
  subscribe(listener: (uri: string) => void): () => void;
}

export interface ManifestFacts {
  device(name: string): DeviceFacts | undefined;
  /** A namespace; the empty name is root. */
  namespace(name: string): NamespaceFacts | undefined;
  /** Ids of keys that start with a text, in order, at most so many. */
  keyIds(namespace: string, prefix: string, most: number): string[];
}

export interface DeviceFacts {
  /** When it was seen, in milliseconds since 1970. */
  at: number;
  state: 'Operational' | 'Locked' | 'Unprovisioned' | 'Failed' | 'unreachable';
  release?: string;
  /** The domain fingerprint. */
  domain?: string;
  /** The public key that it showed: `sha256:…`. */
  pin?: string;
  /** All its namespaces, when an administrator could list them. */
  namespaces?: readonly string[];
  /** The role that each credential was found to have; `refused` when the device did not take it. */
  roles?: Readonly<Record<string, string>>;
}

export interface NamespaceFacts {
  at: number;
  /** Who is primary by the record on the devices. */
  primary?: string;
  epoch?: number;
  /** Whether replication is paused. */
  paused?: boolean;
  /** How long the last transfer took. */
  lastTransferSeconds?: number;
  replicas?: Readonly<Record<string, ReplicaFacts>>;
}

export interface ReplicaFacts {
  lagSeconds?: number;
  missing?: number;
  extra?: number;
  differs?: number;
}
