import { nodeAt } from '../../../schemas/tree/node.ts';
import { edit } from '../places.ts';
import { addFields, setBlock } from './change.ts';
import type { FixMaker } from './fix.ts';

/** What a field starts with; the person goes on from there. */
const STARTS: Record<string, string> = {
  version: 'version: 1',
  devices: 'devices: {}',
  user: 'user: admin',
  url: 'url: https://nethsm.example/api/v1',
  primary: 'primary: ',
  replicas: 'replicas: []',
  schedule: 'schedule: "*/15 * * * *"',
  directory: 'directory: ./backups',
  pins: 'pins: []',
};

/** Adds the fields that are missing. */
export const missing: FixMaker = ({ file: { document }, finding: { item, data }, entry }) => {
  const names = data?.missing ?? [];
  if (names.length === 0) return [];
  const title = `Add ${names.join(' and ')}`;
  const lines = names.map((name) => STARTS[name] ?? `${name}: `);
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
