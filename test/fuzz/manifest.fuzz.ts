import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readManifest } from '../../schemas/read.ts';
import type { Fuzzer } from './fuzzer.ts';

/** A manifest with most of what the language has. */
const SAMPLE = `version: 1
devices:
  oslo:
    url: https://nethsm-oslo.example/api/v1
    tls: { pins: ["sha256:${'9f86d0'.repeat(10)}9f86"] }
    credentials:
      administrator: { user: admin, passphrase: { env: OSLO_ADMIN } }
      backup: { user: backup1, passphrase: { file: /run/credentials/oslo-backup } }
      metrics: { user: metrics1 }
      backupPassphrase: { command: [pass, show, nethsm/oslo/backup] }
  bergen:
    nodes:
      - url: https://b1.example/api/v1
        tls: { ca: ./ca.pem }
      - { url: "https://b2.example/api/v1" }
    credentials: &c { administrator: { user: admin }, backup: { user: backup1 } }
namespaces:
  payments:
    primary: oslo
    replicas: [bergen]
    administrator: { user: replicator }
    replication: { mode: scheduled, schedule: "*/15 * * * *", timeZone: Europe/Oslo, maxLag: 30m }
    keys: { include: ["*"], exclude: ["scratch-*"] }
    deletions: propagate # a comment
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

const LINES = SAMPLE.split('\n');

/** Text that means something in YAML, or in a manifest, where it does not belong. */
const scrap = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ': ',
    '- ',
    '&a ',
    '*a',
    '*c',
    '<<: ',
    '!!int ',
    '|',
    '>',
    '"',
    "'",
    '#',
    '?',
    '%',
    '@',
  ),
  fc.constantFrom(
    '---\n',
    '...\n',
    '\t',
    '\r\n',
    '\uFEFF',
    '\0',
    'æ',
    '😀',
    '\ud800',
    '~',
    'null',
    'true',
    '.nan',
    '1e999',
    '0x1F',
  ),
  fc.constantFrom(
    '__proto__: 1\n',
    'constructor',
    'oslo',
    'primary: ',
    'primaries: ',
    'x-note: ',
    '99999999999999999999',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);

type Edit =
  | { do: 'insert'; at: number; text: string }
  | { do: 'remove'; at: number; length: number }
  | { do: 'drop' | 'double' | 'indent' | 'outdent'; line: number }
  | { do: 'move'; line: number; to: number }
  | { do: 'value'; line: number; text: string };

const at = fc.nat(SAMPLE.length);
const line = fc.nat(LINES.length);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ do: fc.constant('insert' as const), at, text: scrap }),
  fc.record({ do: fc.constant('remove' as const), at, length: fc.nat(40) }),
  fc.record({ do: fc.constantFrom('drop' as const, 'double' as const, 'indent' as const, 'outdent' as const), line }),
  fc.record({ do: fc.constant('move' as const), line, to: line }),
  fc.record({ do: fc.constant('value' as const), line, text: scrap }),
);

function apply(text: string, edit: Edit): string {
  if (edit.do === 'insert') return text.slice(0, edit.at) + edit.text + text.slice(edit.at);
  if (edit.do === 'remove') return text.slice(0, edit.at) + text.slice(edit.at + edit.length);
  const lines = text.split('\n');
  const [i, here] = [edit.line % lines.length, lines[edit.line % lines.length] ?? ''];
  if (edit.do === 'drop') lines.splice(i, 1);
  else if (edit.do === 'double') lines.splice(i, 0, here);
  else if (edit.do === 'indent') lines[i] = `  ${here}`;
  else if (edit.do === 'outdent') lines[i] = here.replace(/^ {2}/, '');
  else if (edit.do === 'value') lines[i] = here.replace(/:.*/, () => `: ${edit.text}`);
  else if (edit.do === 'move') lines.splice(edit.to % lines.length, 0, ...lines.splice(i, 1));
  return lines.join('\n');
}

/** Any text is read without a crash; every diagnostic stands within it; what has no error is a manifest. */
export const manifestFuzzer: Fuzzer = {
  name: 'manifest',
  property: fc.property(fc.array(edit, { maxLength: 6 }), (edits) => {
    const text = edits.reduce(apply, SAMPLE);
    const { manifest, diagnostics } = readManifest(text, 'fuzz.nethsm.yaml');
    const lineCount = text.split(/\r\n|\n|\r/).length;
    for (const { line, column, endLine, endColumn, message } of diagnostics) {
      assert.ok(line >= 1 && column >= 1 && endLine <= lineCount, `${message} at ${line}:${column} to ${endLine}`);
      assert.ok(endLine > line || (endLine === line && endColumn >= column), `${message} ends before it begins`);
    }
    assert.equal(
      manifest === undefined,
      diagnostics.some(({ severity }) => severity === 'error'),
    );
    if (edits.length === 0) assert.notEqual(manifest, undefined);
  }),
};
