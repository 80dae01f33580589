/**
 * Measures our language server and the general YAML server (yaml-language-server, given our JSON Schema) side by
 * side: the same texts, the same requests, over stdio, one after the other on the same machine. Prints a table.
 *
 *   node bench/language-server.ts [--sizes 100,1000,10000]
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Measured, openIn } from './language-server-client.ts';

const { values } = parseArgs({ options: { sizes: { type: 'string', default: '100,1000,10000' } } });
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const SERVERS = [
  { name: 'ours', command: [path('../server/process.ts'), '--stdio'], settings: {} },
  {
    name: 'peer',
    command: [path('../node_modules/yaml-language-server/bin/yaml-language-server'), '--stdio'],
    settings: {
      validate: true,
      hover: true,
      completion: true,
      schemas: { [new URL('../schemas/manifest.schema.json', import.meta.url).href]: '*.nethsm.yaml' },
    },
  },
];

const HEAD = `version: 1
devices:
  oslo: { url: https://oslo.example/api/v1, tls: { ca: ./oslo.pem } }
  bergen: { url: https://bergen.example/api/v1, tls: { ca: ./bergen.pem } }
namespaces:
`;
const LINES = 10;
const entry = (index: number) => `  tenant-${index}:
    primary: oslo
    replicas: [bergen]
    administrator: { user: replicator, passphrase: { env: TENANT_${index} } }
    replication: { mode: scheduled, schedule: "*/15 * * * *", timeZone: Europe/Oslo, maxLag: 30m }
    keys: { include: ["app-*"], exclude: ["app-scratch-*"] }
    deletions: keep
    users: operators
    conflicts: stop
    transfer: sealed
`;

interface Row {
  label: string;
  unit: string;
  values: number[];
}

async function measure(server: Measured, size: number, rounds: number): Promise<Row[]> {
  const top = HEAD.split('\n').length - 1 + Math.floor(size / 2) * LINES;
  const users = { line: top + 7, character: 11 };
  const range = { start: users, end: { ...users, character: 20 } };
  const edits: number[] = [];
  const rests: number[] = [];
  const letters: number[] = [];
  const hovers: number[] = [];
  await server.settle();
  const before = server.cpu();
  for (let round = 0; round < rounds; round++) {
    edits.push(await server.edit(range, 'operatorz', 1));
    edits.push(await server.edit(range, 'operators', 0));
  }
  await server.settle();
  const cpu = (server.cpu() - before) / (2 * rounds);
  for (let round = 0; round < rounds; round++) {
    const { ms, answer } = await server.ask('textDocument/completion', users);
    if (!JSON.stringify(answer).includes('operators')) throw new Error('the completion at rest is not right');
    rests.push(ms);
    hovers.push((await server.ask('textDocument/hover', { line: top + 7, character: 6 })).ms);
  }
  const end = { line: top + 7, character: 20 };
  const typed = { line: top + 8, character: 4 };
  for (let round = 0; round < rounds; round++) {
    await server.type({ start: end, end }, '\n    ');
    await server.settle();
    await server.type({ start: typed, end: typed }, 'm');
    const { ms, answer } = await server.ask('textDocument/completion', { ...typed, character: 5 });
    if (!JSON.stringify(answer).includes('maxDeletions')) throw new Error('the completion after a letter is not right');
    letters.push(ms);
    await server.type({ start: end, end: { ...typed, character: 5 } }, '');
    await server.settle();
  }
  const { now, most } = server.memory();
  return [
    { label: 'edit → right diagnostics', unit: 'ms', values: edits },
    { label: 'processor time an edit', unit: 'ms', values: [cpu] },
    { label: 'completion at rest', unit: 'ms', values: rests },
    { label: 'completion right after a letter', unit: 'ms', values: letters },
    { label: 'hover', unit: 'ms', values: hovers },
    { label: 'memory at the end', unit: 'MiB', values: [now] },
    { label: 'most memory', unit: 'MiB', values: [most] },
  ];
}

function quantile(values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

const number = (value: number) => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en'));
const cell = ({ values }: Row) =>
  values.length === 1
    ? number(values[0] as number)
    : `${number(quantile(values, 0.5))} / ${number(quantile(values, 0.95))}`;

console.log('| namespaces | what (p50 / p95) | ours | yaml-language-server | part |');
console.log('|---|---|---|---|---|');
for (const size of values.sizes.split(',').map(Number)) {
  const text = HEAD + Array.from({ length: size }, (_, index) => entry(index)).join('');
  const rounds = size > 5_000 ? 5 : 15;
  const results: Row[][] = [];
  for (const { command, settings } of SERVERS) {
    const { server, openMs } = await openIn(command, settings, text);
    const rows = await measure(server, size, rounds);
    results.push([{ label: 'open → first diagnostics', unit: 'ms', values: [openMs] }, ...rows]);
    server.stop();
  }
  const [ours = [], peers = []] = results;
  for (const [index, our] of ours.entries()) {
    const peer = peers[index] as Row;
    const part = quantile(our.values, 0.5) / quantile(peer.values, 0.5);
    const percent = `${(part * 100).toFixed(part < 0.1 ? 1 : 0)}%`;
    console.log(
      `| ${size.toLocaleString('en')} | ${our.label}, ${our.unit} | ${cell(our)} | ${cell(peer)} | ${percent} |`,
    );
  }
}
