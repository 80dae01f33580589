// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the protocol writes the places of a snippet so
import { CompletionItemKind } from 'vscode-languageserver';
import type { Choice, Place } from './choice.ts';

interface Block {
  label: string;
  detail: string;
  /** Whether it belongs into a block with this path. */
  at(path: PropertyKey[]): boolean;
  snippet: string;
}

const inNamespaces = (path: PropertyKey[]) => path.length === 1 && path[0] === 'namespaces';
const inDevices = (path: PropertyKey[]) => path.length === 1 && path[0] === 'devices';

const DEVICE_LINES = [
  'url: https://${2:nethsm.example}/api/v1',
  'tls: { pins: ["sha256:$3"] }',
  'credentials:',
  '  administrator: { user: ${4:admin} }',
  '  backup: { user: ${5:backup1} }',
];

/** Whole blocks, to fill in. */
const BLOCKS: Block[] = [
  {
    label: 'new device',
    detail: 'A NetHSM with its trust and credentials',
    at: inDevices,
    snippet: ['${1:name}:', ...DEVICE_LINES.map((line) => `  ${line}`)].join('\n'),
  },
  {
    label: 'new cluster',
    detail: 'A NetHSM cluster, node by node',
    at: inDevices,
    snippet:
      '${1:name}:\n  nodes:\n    - { url: https://${2:node-1.example}/api/v1, tls: { pins: ["sha256:$3"] } }\n    - { url: https://${4:node-2.example}/api/v1, tls: { pins: ["sha256:$5"] } }\n  credentials:\n    administrator: { user: ${6:admin} }\n    backup: { user: ${7:backup1} }',
  },
  {
    label: 'new namespace, one primary',
    detail: 'Keys are made at one site and follow to the others',
    at: inNamespaces,
    snippet:
      '${1:name}:\n  primary: $2\n  replicas: [$3]\n  replication: { mode: scheduled, schedule: "${4:*/15 * * * *}", timeZone: ${5:UTC}, maxLag: ${6:30m} }',
  },
  {
    label: 'new namespace, two primaries',
    detail: 'Both sites make keys, each its own ids',
    at: inNamespaces,
    snippet:
      '${1:name}:\n  primaries:\n    ${2:site-a}: { owns: ["${2:site-a}-*"] }\n    ${3:site-b}: { owns: ["${3:site-b}-*"] }\n  replication: { mode: streaming, maxLag: ${4:30s} }',
  },
  {
    label: 'scheduled replication',
    detail: 'By cron, with the lag that is allowed',
    at: (path) => (path.length === 2 && path[0] === 'namespaces') || (path.length === 1 && path[0] === 'root'),
    snippet: 'replication: { mode: scheduled, schedule: "${1:*/15 * * * *}", timeZone: ${2:UTC}, maxLag: ${3:30m} }',
  },
  {
    label: 'nightly backups',
    detail: 'Sealed archives, with retention',
    at: (path) => (path.length === 2 && path[0] === 'namespaces') || (path.length === 1 && path[0] === 'root'),
    snippet:
      'backups: { directory: ${1:./backups}, schedule: "${2:0 3 * * *}", timeZone: ${3:UTC}, keep: { last: ${4:7}, daily: ${5:30} } }',
  },
  {
    label: 'new manifest',
    detail: 'Two devices and a namespace',
    at: (path) => path.length === 0,
    snippet: [
      'version: 1',
      'devices:',
      ...['${1:oslo}', '${2:bergen}'].map(
        (name) =>
          `  ${name}:\n    url: https://${name}.example/api/v1\n    credentials: { administrator: { user: admin }, backup: { user: backup1 } }`,
      ),
      'namespaces:',
      '  ${3:payments}:\n    primary: ${1:oslo}\n    replicas: [${2:bergen}]',
    ].join('\n'),
  },
];

/** The whole blocks that fit where the cursor is. */
export function blocksFor({ cursor }: Place): Choice[] {
  if (cursor.flow || cursor.hasColon) return [];
  return BLOCKS.flatMap(({ label, detail, at, snippet }) => {
    if (!at(cursor.path)) return [];
    const name = /^([a-zA-Z]+):/.exec(snippet)?.[1];
    if (name !== undefined && cursor.taken.has(name)) return [];
    return [{ label, detail, snippet, kind: CompletionItemKind.Snippet }];
  });
}
