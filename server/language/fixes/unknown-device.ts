import { viewOf } from '../../../schemas/entries.ts';
import { edit } from '../places.ts';
import { addFields } from './change.ts';
import type { Fix, FixMaker } from './fix.ts';
import { replace } from './replace.ts';

/** The device that was meant, or a new one of this name. */
export const unknownDevice: FixMaker = (fixing) => {
  const name = fixing.finding.data?.detail;
  const { document } = fixing.file;
  if (name === undefined) return [];
  const lines = [`${name}:`, `  url: https://${name}.example/api/v1`];
  const title = `Add the device "${name}"`;
  const fixes: Fix[] = replace(fixing);
  const view = viewOf(document);
  const head = view.fields.find((field) => field.name === 'devices');
  const last = view.devices.at(-1);
  if (head === undefined) return fixes;
  if (last?.item.section === 'devices' && last.item.parsed.root.pairs.length > 0) {
    return [...fixes, { title, edits: [addFields(document, last.item, last.item.parsed.root, lines)] }];
  }
  if (head.pair.value?.kind === 'map' && head.pair.value.flow && head.pair.value.pairs.length > 0) {
    const device = `${name}: { url: https://${name}.example/api/v1 }`;
    return [...fixes, { title, edits: [addFields(document, head.item, head.pair.value, [device])] }];
  }
  if (head.pair.value !== undefined && !(head.pair.value.kind === 'map' && head.pair.value.flow)) return fixes;
  const from = head.item.start + head.pair.key.end;
  const to = head.pair.value === undefined ? from + 1 : head.item.start + head.pair.value.end;
  return [...fixes, { title, edits: [edit(document, from, to, `:\n  ${lines.join('\n  ')}`)] }];
};
