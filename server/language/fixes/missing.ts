import { type Entry, viewOf } from '../../../schemas/entries.ts';
import { findPair, nodeAt } from '../../../schemas/tree/node.ts';
import { edit } from '../places.ts';
import { addFields, setBlock } from './change.ts';
import type { Fixing, FixMaker } from './fix.ts';

/** What a field starts with; the person goes on from there. */
const STARTS: Record<string, string> = {
  version: 'version: 1',
  devices: 'devices: {}',
  schedule: 'schedule: "*/15 * * * *"',
  directory: 'directory: ./backups',
};

const USERS: Record<string, string> = { backup: 'backup1', metrics: 'metrics1' };

function startOf(name: string, { file, finding }: Fixing, entry: Entry | undefined): string {
  if (name === 'url') return `url: https://${entry?.name || 'nethsm'}.example/api/v1`;
  if (name === 'user') {
    const usual = entry?.section === 'namespaces' ? 'replicator' : 'admin';
    return `user: ${USERS[String(finding.data?.path?.at(-1))] ?? usual}`;
  }
  if (name === 'replicas') {
    const primary = findPair(entry?.value, 'primary')?.value;
    const own = primary?.kind === 'scalar' ? primary.value : undefined;
    return `replicas: [${[...viewOf(file.document).deviceNames].find((device) => device !== own) ?? ''}]`;
  }
  return STARTS[name] ?? `${name}: `;
}

/** Adds the fields that are missing. */
export const missing: FixMaker = (fixing) => {
  const { file, finding, entry } = fixing;
  const { document } = file;
  const { item, data } = finding;
  const names = data?.missing ?? [];
  if (names.length === 0) return [];
  const title = `Add ${names.join(' and ')}`;
  const lines = names.map((name) => startOf(name, fixing, entry));
  if (entry === undefined) {
    const at = item.start + (item.parsed.root.pairs[0]?.start ?? 0);
    const [first] = lines;
    if (names.length === 1 && names[0] === 'version')
      return [{ title, edits: [edit(document, at, at, `${first}\n`)], preferred: true }];
    const end = document.text.length;
    const gap = document.text === '' || document.text.endsWith('\n') ? '' : '\n';
    return [{ title, edits: [edit(document, end, end, `${gap}${lines.join('\n')}\n`)], preferred: true }];
  }
  const map = nodeAt(entry.value, data?.path ?? []);
  if (map?.kind === 'map') return [{ title, edits: [addFields(document, item, map, lines)], preferred: true }];
  const pair = item.parsed.root.pairs.find(({ key }) => key === entry.key);
  if (pair === undefined || map !== undefined || (data?.path ?? []).length > 0) return [];
  return [{ title, edits: [setBlock(document, item, pair, lines)], preferred: true }];
};
