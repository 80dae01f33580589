import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readManifest } from '../../schemas/read.ts';
import { spoilt } from './manifest-text.ts';

/** What is put in place of a text of the good manifest, and what is said of it, with line and columns. */
const CASES: { text: string; by: string; says: string[] }[] = [
  {
    text: 'url: https://nethsm-oslo.example/api/v1',
    by: 'url: 5',
    says: ['5:10-11 wrong-type: "url" must be a text, not the number 5'],
  },
  {
    text: 'tls: { pins: ["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] }',
    by: 'tls: { pins: [] }',
    says: ['6:18-20 wrong-value: "pins" needs at least 1 entry'],
  },
  {
    text: 'tls: { pins: ["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] }',
    by: 'tls: { pins: ["sha256:12"] }',
    says: ['6:19-30 wrong-value: An entry of "pins": a pin is sha256: and 64 hexadecimal digits'],
  },
  {
    text: 'tls: { pins: ["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] }',
    by: 'tls: {}',
    says: ['6:10-12 missing-field: "tls" needs one of pins or ca'],
  },
  {
    text: 'tls: { pins: ["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] }',
    by: 'tls: { pin: [a] }',
    says: ['6:12-15 unknown-field: "tls" has no field "pin", did you mean "pins"?'],
  },
  {
    text: 'tls: { pins: ["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] }',
    by: 'tls: { pins: a, ca: b }',
    says: ['6:10-28 wrong-value: "tls" takes exactly one of pins or ca'],
  },
  {
    text: 'tls: { pins: ["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"] }',
    by: 'tls:',
    says: ['6:5-8 wrong-type: "tls" is empty; expected a block of fields'],
  },
  {
    text: '{ env: OSLO_ADMIN }',
    by: '{ env: "a b" }',
    says: ['8:56-61 wrong-value: "env": the name of an environment variable has letters, digits and _ only'],
  },
  {
    text: '{ env: OSLO_ADMIN }',
    by: '{ envi: A }',
    says: ['8:51-55 unknown-field: "passphrase" has no field "envi", did you mean "env"?'],
  },
  {
    text: '{ env: OSLO_ADMIN }',
    by: '{ command: ls }',
    says: ['8:60-62 wrong-type: "command" must be a list, not a text'],
  },
  {
    text: '{ env: OSLO_ADMIN }',
    by: '{ file: "" }',
    says: ['8:57-59 wrong-value: "file" is empty'],
  },
  {
    text: 'user: admin, ',
    by: '',
    says: ['8:7-20 missing-field: "administrator" needs the field "user"'],
  },
  {
    text: 'user: metrics1',
    by: 'user: _m',
    says: ['10:24-26 refused-id: A NetHSM refuses the id "_m": it starts with "_"'],
  },
  {
    text: 'replicas: [bergen]',
    by: 'replicas: bergen',
    says: ['20:15-21 wrong-type: "replicas" must be a list, not a text'],
  },
  {
    text: 'replicas: [bergen]',
    by: 'replicas: [1]',
    says: ['20:16-17 wrong-type: An entry of "replicas" must be a text, not the number 1'],
  },
  {
    text: 'maxLag: 30m',
    by: 'maxLag: 30 minutes',
    says: ['22:94-104 wrong-value: "maxLag": a duration is a number and s, m, h or d'],
  },
  {
    text: 'maxLag: 30m',
    by: 'maxLag: 30',
    says: ['22:94-96 wrong-type: "maxLag" must be a text, not the number 30'],
  },
  {
    text: 'mode: scheduled',
    by: 'mode: schedule',
    says: ['22:26-34 wrong-value: "mode" must be "manual", "scheduled" or "streaming", did you mean "scheduled"?'],
  },
  {
    text: 'mode: scheduled',
    by: 'mode:',
    says: ['22:20-24 wrong-value: "mode" is empty; it must be "manual", "scheduled" or "streaming"'],
  },
  {
    text: 'keep: { last: 7, daily: 30 }',
    by: 'keep: { last: 1.5 }',
    says: ['28:90-93 wrong-type: "last" must be a whole number'],
  },
  {
    text: 'keep: { last: 7, daily: 30 }',
    by: 'keep: { last: -1 }',
    says: ['28:90-92 wrong-value: "last" must be at least 0'],
  },
  {
    text: 'deletions: propagate',
    by: 'maxDeletions: { percent: 101 }',
    says: ['24:30-33 wrong-value: "percent" must be at most 100'],
  },
  {
    text: 'deletions: propagate',
    by: 'maxDeletions: { percent: many }',
    says: ['24:30-34 wrong-type: "percent" must be a number, not a text'],
  },
  {
    text: 'oslo: { owns: ["oslo-*"] }',
    by: '_o: { owns: ["oslo-*"] }',
    says: [
      '31:7-9 refused-id: A NetHSM refuses the id "_o": it starts with "_"',
      '31:7-9 unknown-device: There is no device "_o"',
    ],
  },
  {
    text: 'oslo: { owns: ["oslo-*"] }',
    by: 'oslo: { owns: [] }',
    says: ['31:21-23 wrong-value: "owns" needs at least 1 entry'],
  },
  {
    text: 'oslo: { owns: ["oslo-*"] }',
    by: 'oslo: { owns: ["a b"] }',
    says: ['31:22-27 wrong-value: An entry of "owns": a pattern holds characters of key ids, * and ?'],
  },
  {
    text: 'oslo: { owns: ["oslo-*"] }',
    by: 'olso: { owns: ["oslo-*"] }',
    says: ['31:7-11 unknown-device: There is no device "olso", did you mean "oslo"?'],
  },
  {
    text: 'primaries:\n      oslo: { owns: ["oslo-*"] }\n      bergen: { owns: ["bergen-*"] }',
    by: 'primaries: oslo',
    says: ['30:16-20 wrong-type: "primaries" must be a block of fields or a list, not a text'],
  },
  {
    text: 'primaries:\n      oslo: { owns: ["oslo-*"] }\n      bergen: { owns: ["bergen-*"] }',
    by: 'primaries: [oslo]',
    says: [
      '30:5-14 no-replica: Two writing sites are needed here, this is one',
      '30:16-22 wrong-value: "primaries" needs at least 2 entries',
    ],
  },
  {
    text: 'root:\n  primary: oslo\n  replicas: [bergen]',
    by: 'root: 1',
    says: ['34:7-8 wrong-type: Root must be a block of fields, not the number 1'],
  },
  {
    text: 'root:\n  primary: oslo\n  replicas: [bergen]',
    by: 'root:\n  primry: oslo',
    says: [
      '34:1-5 primary-or-primaries: Root has no primary: name one under "primary", or two under "primaries"',
      '35:3-9 unknown-field: Root has no field "primry", did you mean "primary"?',
    ],
  },
  {
    text: 'root:\n  primary: oslo\n  replicas: [bergen]',
    by: 'root:',
    says: ['34:1-5 wrong-type: Root is empty; expected a block of fields'],
  },
  {
    text: 'version: 1',
    by: 'version: "1"',
    says: ['2:10-13 wrong-value: The version of the manifest form is 1'],
  },
  {
    text: 'version: 1',
    by: 'versoin: 1',
    says: [
      '2:1-8 missing-field: The manifest needs "version"',
      '2:1-8 unknown-field: The manifest has no field "versoin", did you mean "version"?',
    ],
  },
  {
    text: 'namespaces:',
    by: 'namespace:',
    says: ['17:1-10 unknown-field: The manifest has no field "namespace", did you mean "namespaces"?'],
  },
  {
    text: 'directory: ./backups, ',
    by: '',
    says: ['28:5-12 missing-field: "backups" needs the field "directory"'],
  },
];

for (const { text, by, says } of CASES) {
  test(JSON.stringify(by), () => {
    const { diagnostics } = readManifest(spoilt(text, by), 'm');
    const found = diagnostics.map(
      ({ line, column, endColumn, code, message }) => `${line}:${column}-${endColumn} ${code}: ${message}`,
    );
    assert.deepEqual(found, says);
  });
}
