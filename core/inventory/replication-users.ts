/**
 * Whether a user, named without its namespace, carries a role record or a lease: it says something of the device that it
 * is on, so it never travels and is no part of what a namespace holds.
 */
export const isReplicationUser = (name: string): boolean =>
  name.startsWith('replication-epoch-') || name === 'replication-lease';
