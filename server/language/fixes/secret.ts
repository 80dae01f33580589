import { deviceSecrets, deviceVariable, namespaceVariable } from '../../../schemas/environment.ts';
import { findPair, nodeAt } from '../../../schemas/tree/node.ts';
import { edit } from '../places.ts';
import type { FixMaker } from './fix.ts';

/** Moves a secret out of the text: its source takes its place. */
export const secret: FixMaker = ({ file: { document }, finding: { item, start, end, data }, entry }) => {
  if (entry === undefined) return [];
  if (data?.detail === 'url') {
    const text = item.parsed.text.slice(start, end);
    const from = text.indexOf('//') + 2;
    const to = text.lastIndexOf('@', text.indexOf('/', from) < 0 ? text.length : text.indexOf('/', from)) + 1;
    const at = item.start + start;
    return [
      {
        title: 'Take user and passphrase out of the address',
        edits: [edit(document, at + from, at + to, '')],
        preferred: true,
      },
    ];
  }
  const path = data?.path ?? [];
  const known = deviceSecrets.find((one) => path.includes(one));
  const variable =
    entry.section === 'devices' ? deviceVariable(entry.name, known ?? 'administrator') : namespaceVariable(entry.name);
  const field = String(path.at(-1));
  const isKnown = /^(passphrase|backupPassphrase|unlockPassphrase)$/.test(field);
  const pair = findPair(nodeAt(entry.value, path.slice(0, -1)), field);
  if (pair === undefined) return [];
  const from = isKnown ? start : pair.key.start;
  const source = `{ env: ${variable} }`;
  const newText = isKnown ? source : `passphrase: ${source}`;
  return [
    {
      title: `Take it from the environment variable ${variable} (put the secret there first)`,
      edits: [edit(document, item.start + from, item.start + (pair.value?.end ?? end), newText)],
      preferred: true,
    },
  ];
};
