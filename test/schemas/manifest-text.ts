/** A manifest that uses every field and is right; tests spoil it. */
export const GOOD = `# two sites
version: 1
devices:
  oslo:
    url: https://nethsm-oslo.example/api/v1
    tls: { pins: ["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] }
    credentials:
      administrator: { user: admin, passphrase: { env: OSLO_ADMIN } }
      backup: { user: backup1, passphrase: { file: /run/credentials/oslo-backup } }
      metrics: { user: metrics1 }
      backupPassphrase: { command: [pass, show, nethsm/oslo/backup] }
  bergen:
    nodes:
      - { url: https://bergen-1.example/api/v1, tls: { ca: ./bergen-ca.pem } }
      - { url: https://bergen-2.example/api/v1, tls: { ca: ./bergen-ca.pem } }
    credentials: { administrator: { user: admin }, backup: { user: backup1 } }
namespaces:
  payments:
    primary: oslo
    replicas: [bergen]
    administrator: { user: replicator }
    replication: { mode: scheduled, schedule: "*/15 * * * *", timeZone: Europe/Oslo, maxLag: 30m }
    keys: { include: ["*"], exclude: ["scratch-*"] }
    deletions: propagate
    users: operators
    conflicts: stop
    transfer: sealed
    backups: { directory: ./backups, schedule: "0 3 * * *", timeZone: UTC, keep: { last: 7, daily: 30 } }
  iot:
    primaries:
      oslo: { owns: ["oslo-*"] }
      bergen: { owns: ["bergen-*"] }
    replication: { mode: streaming, maxLag: 30s }
root:
  primary: oslo
  replicas: [bergen]
`;

/** The good manifest with one text in it replaced; the text must be there. */
export function spoilt(text: string, by: string, from: string = GOOD): string {
  if (!from.includes(text)) throw new Error(`not in the manifest: ${text}`);
  return from.replace(text, by);
}
