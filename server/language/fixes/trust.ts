import { findPair, nodeAt } from '../../../schemas/tree/node.ts';
import { addFields } from './change.ts';
import type { Fix, FixMaker } from './fix.ts';

/** Names a trust: the pin that the device shows now, if one was seen, or a CA file. */
export const trust: FixMaker = ({ file: { document }, finding: { item, data }, entry, facts }) => {
  const map = entry && nodeAt(entry.value, data?.path ?? []);
  if (entry === undefined || map?.kind !== 'map') return [];
  const behind = findPair(map, 'url');
  const pin = data?.path?.length === 0 ? facts?.device(entry.name)?.pin : undefined;
  const fixes: Fix[] = [];
  if (pin !== undefined) {
    const edits = [addFields(document, item, map, [`tls: { pins: ["${pin}"] }`], behind)];
    fixes.push({ title: 'Pin the key that the device shows now (compare it first)', edits });
  }
  const edits = [addFields(document, item, map, [`tls: { ca: ./${entry.name}-ca.pem }`], behind)];
  return [...fixes, { title: `Trust the CA in ./${entry.name}-ca.pem`, edits }];
};
