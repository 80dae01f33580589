import { deviceVariable, namespaceVariable } from '../../../schemas/environment.ts';
import { findPair, nodeAt } from '../../../schemas/tree/node.ts';
import { addFields } from './change.ts';
import type { FixMaker } from './fix.ts';

/** Names a source for the credential, so that its variable need not be guessed from its name. */
export const source: FixMaker = ({ file: { document }, finding: { item }, entry }) => {
  if (entry === undefined) return [];
  const isDevice = entry.section === 'devices';
  const path = isDevice ? ['credentials', 'administrator'] : ['administrator'];
  const map = nodeAt(entry.value, path);
  const variable = `${isDevice ? deviceVariable(entry.name, 'administrator') : namespaceVariable(entry.name)}_2`;
  const line = `passphrase: { env: ${variable} }`;
  const title = `Name a source: the environment variable ${variable}`;
  if (map?.kind === 'map') {
    if (findPair(map, 'passphrase') !== undefined) return [];
    return [{ title, edits: [addFields(document, item, map, [line])] }];
  }
  if (isDevice || entry.value?.kind !== 'map') return [];
  return [{ title, edits: [addFields(document, item, entry.value, [`administrator: { user: replicator, ${line} }`])] }];
};
