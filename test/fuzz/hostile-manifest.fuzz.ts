import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readManifest } from '../../schemas/read.ts';
import type { Fuzzer } from './fuzzer.ts';
import { hostileText, SECRET } from './hostile-text.ts';

/** No manifest of this size takes longer, ms, on a busy machine. */
const PATIENCE = 5000;
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const name = fc.oneof(
  fc.constantFrom('oslo', 'bergen', 'payments', '*', '../../etc', '__proto__', 'a'.repeat(500)),
  hostileText.filter((text) => !text.includes(SECRET)),
);
/** Where people write a secret by mistake. */
const secret = fc.constantFrom<unknown>(
  { administrator: { user: 'admin', passphrase: SECRET } },
  { administrator: SECRET, backup: { user: 'b', passphrase: { value: SECRET } } },
  { backupPassphrase: SECRET, unlockPassphrase: [SECRET] },
  { backup: { user: 'b', passphrase: { env: SECRET } }, unlockPassphrase: { file: [SECRET], command: SECRET } },
  { backup: { user: 'b', password: SECRET, passphrase: { command: [] } } },
);
const url = fc.constantFrom(
  'https://h/api/v1',
  'http://h',
  `https://u:${SECRET}@h/api/v1`,
  'file:///etc/passwd',
  '',
  '//',
);
const device = fc.record(
  { url, credentials: secret, tls: fc.oneof(fc.constantFrom({ ca: '/etc/shadow' }, { pins: ['x'] }), fc.jsonValue()) },
  { requiredKeys: [] },
);
const pattern = fc.array(fc.constantFrom('*', '?', 'a', '*a', '-'), { maxLength: 60 }).map((parts) => parts.join(''));
const cron = fc.array(fc.constantFrom('*', '*/2', '0', '31', '2', '60', '1-5', 'L', '9'.repeat(30)), { maxLength: 7 });
const namespace = fc.record(
  {
    primary: name,
    replicas: fc.array(name, { maxLength: 3 }),
    primaries: fc.oneof(fc.array(name), fc.dictionary(name, fc.record({ owns: fc.array(pattern, { maxLength: 4 }) }))),
    keys: fc.record({ include: fc.array(pattern, { maxLength: 4 }), exclude: fc.array(pattern, { maxLength: 4 }) }),
    replication: fc.record({
      mode: name,
      schedule: cron.map((parts) => parts.join(' ')),
      timeZone: name,
      maxLag: name,
    }),
    transfer: name,
    backups: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const manifest = fc.record(
  {
    version: fc.constantFrom(1, '1', 2, null),
    devices: fc.oneof(fc.dictionary(name, fc.oneof(device, fc.jsonValue()), { maxKeys: 3 }), fc.jsonValue()),
    namespaces: fc.oneof(fc.dictionary(name, namespace, { maxKeys: 3 }), fc.jsonValue()),
    root: fc.oneof(namespace, fc.jsonValue()),
  },
  { requiredKeys: ['devices'] },
);

/** JSON is YAML: a whole manifest in braces, or its fields and entries as blocks of their own. */
function written(value: Record<string, unknown>, asBlocks: boolean): string {
  if (!asBlocks) return JSON.stringify(value);
  return Object.entries(value)
    .map(([field, content]) => {
      if (typeof content !== 'object' || content === null || Array.isArray(content))
        return `${field}: ${JSON.stringify(content)}\n`;
      const entries = Object.entries(content).map(([key, one]) => `  ${JSON.stringify(key)}: ${JSON.stringify(one)}\n`);
      return `${field}:\n${entries.join('')}`;
    })
    .join('');
}

/** Texts that grow when they are read: nested, and aliases or merge keys of one another. */
const bomb = fc
  .record({
    kind: fc.constantFrom('flow', 'block', 'dashes', 'aliases', 'merges', 'chain'),
    depth: fc.oneof(fc.nat(30), fc.constantFrom(60, 70, 400, 6000)),
    width: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ kind, depth, width }) => {
    const steps = Array.from({ length: depth }, (_, i) => i);
    const before = (i: number) => Array.from({ length: width }, () => `*a${i - 1}`).join(', ');
    if (kind === 'flow') return `x-a: ${'[{a: '.repeat(depth)}${'}]'.repeat(Math.max(0, depth - (width % 2)))}\n`;
    if (kind === 'block')
      return `x-a:\n${steps
        .slice(0, 400)
        .map((i) => `${' '.repeat(i + 1)}a:`)
        .join('\n')}\n`;
    if (kind === 'dashes') return `x-a:\n  ${'- '.repeat(depth)}\n`;
    if (kind === 'chain') return steps.map((i) => `x-${i}: &a${i} [${i > 0 ? `*a${i - 1}` : ''}]\n`).join('');
    const open = kind === 'merges' ? ['{ <<: [', '] }'] : ['[', ']'];
    const first = kind === 'merges' ? '{ url: x }' : '[x]';
    return steps.map((i) => `x-${i}: &a${i} ${i > 0 ? open.join(before(i)) : first}\n`).join('');
  });

/** The alias of the last anchor. */
const last = (bomb: string): string => `*${/^.*&(a\d+)/s.exec(bomb)?.[1] ?? 'none'}`;

const text = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(manifest, fc.boolean()).map(([value, asBlocks]) => written(value, asBlocks)) },
  {
    weight: 1,
    arbitrary: bomb.map(
      (bomb) => `version: 1\n${bomb}devices:\n  oslo: ${last(bomb)}\n  bergen: { <<: ${last(bomb)} }\n`,
    ),
  },
);

/** Whatever a manifest holds, it is read in time and without a crash, and no message holds a secret or anything a terminal obeys. */
export const hostileManifestFuzzer: Fuzzer = {
  name: 'hostile manifest',
  property: fc.property(text, (text) => {
    const started = performance.now();
    const { manifest, diagnostics } = readManifest(text, 'fuzz.nethsm.yaml');
    for (const { message, line } of diagnostics) {
      assert.ok(!message.includes(SECRET), `it tells the secret: ${message}`);
      assert.doesNotMatch(message, UNSAFE);
      assert.ok(message.length < 1000 && line >= 1);
    }
    if (text.includes(SECRET)) assert.equal(manifest, undefined, 'a manifest with a secret in it is an error');
    assert.ok(performance.now() - started < PATIENCE, 'in time');
  }),
};
