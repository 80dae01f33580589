import type { KeyId, Namespace } from '../names.ts';

/** How a namespace is to be replicated: what a manifest says of it, with patterns compiled and durations in milliseconds. */
export interface Policy {
  namespace: Namespace;
  sites: OneWay | TwoWay;
  /** Whether a key travels. One that leaves this filter is not deleted. */
  includes(id: KeyId): boolean;
  deletions: 'keep' | 'propagate';
  maxDeletions: { keys: number; percent: number };
  users: 'operators' | 'none';
  conflicts: 'stop' | 'keepPrimary';
  transfer: 'sealed' | 'import';
  replication: {
    mode: 'manual' | 'scheduled' | 'streaming';
    schedule?: string;
    timeZone?: string;
    /** Milliseconds. */
    maxLag?: number;
  };
  backups?: {
    /** Absolute. */
    directory: string;
    schedule?: string;
    timeZone?: string;
    keep?: { last?: number; daily?: number };
  };
}

/** One site makes keys, the others follow. */
export interface OneWay {
  kind: 'one-way';
  /** By the manifest; the role record on the devices rules. */
  primary: string;
  replicas: readonly string[];
}

/** Several sites make keys. */
export interface TwoWay {
  kind: 'two-way';
  sites: readonly Site[];
}

export interface Site {
  device: string;
  /** Whether only this site makes keys of an id; always false where ids are shared. */
  owns(id: KeyId): boolean;
}

/** All devices of a policy, the primary first. */
export const devicesOf = ({ sites }: Policy): readonly string[] =>
  sites.kind === 'one-way' ? [sites.primary, ...sites.replicas] : sites.sites.map(({ device }) => device);

/** The devices that make keys, by the manifest: the primary, or all sites. */
export const sourcesOf = ({ sites }: Pick<Policy, 'sites'>): readonly string[] =>
  sites.kind === 'one-way' ? [sites.primary] : sites.sites.map(({ device }) => device);
