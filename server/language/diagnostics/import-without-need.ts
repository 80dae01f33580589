import { get } from '../../../schemas/checked-entry.ts';
import { place } from '../../../schemas/finding.ts';
import { type LiveRule, seen } from './live-rule.ts';

/** Plaintext keys in memory where sealed entries would do: all devices share a Domain Key. */
export const importWithoutNeed: LiveRule = ({ entries, facts, now }) =>
  entries.flatMap(({ item, checked, references }) => {
    if (get(checked, 'transfer') !== 'import' || references.length < 2) return [];
    const known = references.map(({ device }) => facts.device(device));
    const domain = known[0]?.domain;
    if (domain === undefined || !known.every((device) => device?.domain === domain)) return [];
    const age = seen(Math.min(...known.map((device) => device?.at ?? 0)), now);
    const { start, end } = checked.at('transfer').value;
    const message = `These devices share a Domain Key: sealed works, and no private key need be in plaintext${age}`;
    return [place(item, { code: 'import-without-need', message, start, end, data: { replacement: 'sealed' } })];
  });
