/**
 * The manifest, version 1, as data: the one definition that parser, JSON Schema, language server and engine share.
 * Rules that span several places (a primary that is no device, say) live in `schemas/rules.ts`.
 */
import * as z from 'zod';

const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const PIN_PATTERN = /^sha256:[0-9a-fA-F]{64}$/;
const DURATION_PATTERN = /^[1-9][0-9]*(s|m|h|d)$/;
/** Names that every shell takes for an environment variable. */
const ENV_PATTERN = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Shell-like patterns over key ids: `*` any text, `?` one character. */
const PATTERN_PATTERN = /^[A-Za-z0-9._*?-]{1,128}$/;

const id = (what: string) =>
  z.string().regex(ID_PATTERN, `${what}: 1 to 128 of A-Z a-z 0-9 . _ -, not starting with . _ or -`);

export const secretSource = z
  .union([
    z.strictObject({
      env: z
        .string()
        .regex(ENV_PATTERN, 'the name of an environment variable has letters, digits and _ only')
        .meta({ description: 'Name of the environment variable that holds it.', examples: ['OSLO_ADMIN'] }),
    }),
    z.strictObject({
      file: z
        .string()
        .min(1)
        .meta({
          description: 'Path of a file that holds it; one line break at its end is dropped.',
          examples: ['/run/credentials/oslo-backup'],
        }),
    }),
    z.strictObject({
      command: z
        .array(z.string())
        .min(1)
        .meta({
          description:
            'Program and arguments that print it; run without a shell, only with --allow-commands or in a trusted workspace.',
          examples: [['pass', 'show', 'nethsm/oslo/backup']],
        }),
    }),
  ])
  .meta({
    id: 'SecretSource',
    description: 'Where a secret comes from. The secret itself never stands in a manifest.',
  });

const credential = (description: string, user: string) =>
  z
    .strictObject({
      user: id('user').meta({ description: 'Name of the user on the device.', examples: [user] }),
      passphrase: secretSource.optional(),
    })
    .meta({ description });

const credentials = z
  .strictObject({
    administrator: credential(
      'An R-Administrator: lists namespaces and users, restores. Without it the device is only read through its Backup user.',
      'admin',
    ).optional(),
    backup: credential('A user with the role Backup: reads the sealed entries.', 'backup1').optional(),
    metrics: credential('A user with the role Metrics: makes finding changes cheap.', 'metrics1').optional(),
    backupPassphrase: secretSource
      .optional()
      .meta({ description: 'The backup passphrase that is set on this device.' }),
    unlockPassphrase: secretSource
      .optional()
      .meta({ description: 'The unlock passphrase; only for pair, import and inspect --unseal.' }),
  })
  .meta({ id: 'Credentials', description: 'Users of this device and where their passphrases come from.' });

export const tls = z
  .union([
    z.strictObject({
      pins: z
        .array(z.string().regex(PIN_PATTERN, 'a pin is sha256: and 64 hexadecimal digits'))
        .min(1)
        .meta({ description: 'SHA-256 of the public keys (SPKI) to accept; several for rotation.' }),
    }),
    z.strictObject({
      ca: z
        .string()
        .min(1)
        .meta({ description: 'Path of a PEM file with the certification authority.', examples: ['./oslo-ca.pem'] }),
    }),
  ])
  .meta({
    id: 'Tls',
    description: 'How the certificate is trusted; without it the certification authorities of the system are.',
  });

const url = z
  .string()
  .min(1)
  .meta({
    description: 'Address of the API, https://HOST/api/v1; http:// only for 127.0.0.0/8 and ::1.',
    examples: ['https://nethsm-oslo.example/api/v1'],
  });

const node = z.strictObject({ url, tls: tls.optional() }).meta({ id: 'Node', description: 'One node of a cluster.' });

export const device = z
  .strictObject({
    url: url.optional(),
    tls: tls.optional(),
    nodes: z
      .array(node)
      .min(1)
      .optional()
      .meta({ description: 'The nodes of a cluster, in place of url; never a load balancer.' }),
    credentials: credentials.optional(),
  })
  .meta({ id: 'Device', description: 'One NetHSM, or one NetHSM cluster.' });

const duration = (description: string) =>
  z
    .string()
    .regex(DURATION_PATTERN, 'a duration is a number and s, m, h or d')
    .meta({ description, examples: ['30s', '15m', '2h'] });

const cron = z
  .string()
  .min(1)
  .meta({
    description: 'Cron expression: minute, hour, day of month, month, day of week.',
    examples: ['*/15 * * * *', '0 3 * * *'],
  });
const timeZone = z
  .string()
  .min(1)
  .meta({ description: 'Time zone of the schedule, an IANA name.', examples: ['Europe/Oslo', 'UTC'] });
const patterns = (description: string) =>
  z.array(z.string().regex(PATTERN_PATTERN, 'a pattern holds characters of key ids, * and ?')).meta({ description });

const replication = z
  .strictObject({
    mode: z
      .enum(['manual', 'scheduled', 'streaming'])
      .default('manual')
      .meta({
        description: 'When changes travel: only when asked, by cron, or as they happen.',
        enumDescriptions: [
          'Only when somebody asks for it.',
          'At the times of `schedule`.',
          'As changes happen, in near real time.',
        ],
      }),
    schedule: cron.optional(),
    timeZone: timeZone.optional(),
    maxLag: duration('How old the oldest change that a replica lacks may be before it is an alarm.').optional(),
  })
  .meta({ id: 'Replication', description: 'When changes travel.' });

const backups = z
  .strictObject({
    directory: z
      .string()
      .min(1)
      .meta({
        description:
          'Folder of the sealed archives. Their passphrase comes from `NETHSM_BACKUP_PASSPHRASE`, or from the editor’s secret storage.',
        examples: ['./backups'],
      }),
    schedule: cron.optional(),
    timeZone: timeZone.optional(),
    keep: z
      .strictObject({
        last: z.int().min(0).optional().meta({ description: 'Keep this many of the newest.' }),
        daily: z.int().min(0).optional().meta({ description: 'Keep the newest of each of this many days.' }),
      })
      .optional()
      .meta({ description: 'Which archives stay; a pruned one is always older than a newer verified one.' }),
  })
  .meta({ id: 'Backups', description: 'Sealed archives on a schedule.' });

const owner = z
  .strictObject({ owns: patterns('Patterns of the key ids that only this site creates.').min(1).optional() })
  .meta({ id: 'Owner' });

const sharedFields = {
  primary: id('device').optional().meta({ description: 'The device where keys are created and changed.' }),
  replicas: z.array(id('device')).min(1).optional().meta({ description: 'The devices that follow the primary.' }),
  primaries: z
    .union([z.record(id('device'), owner), z.array(id('device')).min(2)])
    .optional()
    .meta({
      description:
        'Two sites that both create keys, in place of primary and replicas; with owns patterns no id can clash.',
    }),
  replication: replication.optional(),
  keys: z
    .strictObject({
      include: patterns('Patterns of ids that travel.').default(['*']),
      exclude: patterns('Patterns of ids that stay.').default([]),
    })
    .optional()
    .meta({ id: 'KeyFilter', description: 'Which keys travel. A key that leaves the filter is not a deletion.' }),
  deletions: z
    .enum(['keep', 'propagate'])
    .default('keep')
    .meta({
      description: 'What happens on the replicas when a key is deleted on the primary.',
      enumDescriptions: [
        'Nothing: absence alone never deletes.',
        'A deletion that was seen on the primary is repeated on the replicas, at most `maxDeletions` a run.',
      ],
    }),
  maxDeletions: z
    .strictObject({
      keys: z.int().min(0).default(10).meta({ description: 'At most this many keys.' }),
      percent: z.number().min(0).max(100).default(1).meta({ description: 'At most this part of the keys.' }),
    })
    .optional()
    .meta({ description: 'Most deletions in one run; more are refused.' }),
  users: z
    .enum(['operators', 'none'])
    .default('operators')
    .meta({
      description: 'Which users travel along; N-Administrators never do.',
      enumDescriptions: ['Operators, with their passphrases, still sealed.', 'Nobody.'],
    }),
  conflicts: z
    .enum(['stop', 'keepPrimary'])
    .default('stop')
    .meta({
      description: 'What happens with a key that changed on both sides.',
      enumDescriptions: [
        'Both are kept and shown; the operator decides.',
        "The primary's version replaces the replica's, which is archived first.",
      ],
    }),
  transfer: z
    .enum(['sealed', 'import'])
    .default('sealed')
    .meta({
      description: 'How keys travel.',
      enumDescriptions: [
        'As sealed entries: no private key in plaintext outside a device. Needs the same Domain Key on both.',
        'Private keys pass in plaintext through the memory of the command line. Only where the Domain Keys differ.',
      ],
    }),
  backups: backups.optional(),
};

export const namespace = z
  .strictObject({
    ...sharedFields,
    administrator: credential(
      'The N-Administrator that we use in this namespace, the same on every device.',
      'replicator',
    ).default({ user: 'replicator' }),
  })
  .meta({ id: 'Namespace', description: 'One namespace and how it is replicated.' });

export const root = z
  .strictObject(sharedFields)
  .meta({ id: 'Root', description: 'The keys outside any namespace; the R-Administrator of each device is used.' });

export const manifest = z
  .strictObject({
    version: z.literal(1).meta({ description: 'Version of the manifest form.' }),
    devices: z.record(id('device'), device).meta({ description: 'The devices, by a name of your choice.' }),
    namespaces: z
      .record(id('namespace'), namespace)
      .default({})
      .meta({ description: 'The namespaces to replicate, by their id on the devices.' }),
    root: root.optional(),
  })
  .meta({
    title: 'NetHSM replication manifest',
    description: 'Which NetHSMs belong together, and how their namespaces are kept in step.',
  });

export type Manifest = z.output<typeof manifest>;
export type DeviceEntry = z.output<typeof device>;
export type NamespaceEntry = z.output<typeof namespace>;
export type RootEntry = z.output<typeof root>;
export type SecretSource = z.output<typeof secretSource>;
export type TlsEntry = z.output<typeof tls>;
