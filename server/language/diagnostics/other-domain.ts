import { get } from '../../../schemas/checked-entry.ts';
import { place } from '../../../schemas/finding.ts';
import { type LiveRule, seen } from './live-rule.ts';

/** Devices of one namespace with different Domain Keys: nothing sealed can go from one to the other. */
export const otherDomain: LiveRule = ({ entries, facts, now }) =>
  entries.flatMap(({ item, checked, references }) => {
    if (get(checked, 'transfer') === 'import') return [];
    const [first, ...others] = references;
    const base = first && facts.device(first.device);
    if (first === undefined || base?.domain === undefined) return [];
    return others.flatMap(({ device, path }) => {
      const known = facts.device(device);
      if (known?.domain === undefined || known.domain === base.domain) return [];
      const at = checked.at(...path);
      const { start, end } = path[0] === 'primaries' && typeof path[1] === 'string' ? at.key : at.value;
      const age = seen(Math.min(known.at, base.at), now);
      const message = `"${device}" has another Domain Key than "${first.device}": no sealed transfer is possible${age}. Pair it, or use "transfer: import"`;
      return [place(item, { code: 'other-domain', message, start, end })];
    });
  });
