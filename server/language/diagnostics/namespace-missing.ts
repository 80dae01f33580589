import { place } from '../../../schemas/finding.ts';
import { type LiveRule, seen } from './live-rule.ts';

/** A device that lists its namespaces, and not this one. */
export const namespaceMissing: LiveRule = ({ entries, facts, now }) =>
  entries.flatMap(({ item, checked, references }) => {
    if (checked.section !== 'namespaces') return [];
    return references.flatMap(({ device, path }) => {
      const known = facts.device(device);
      if (known?.namespaces === undefined || known.namespaces.includes(checked.name)) return [];
      const { start, end } =
        path[0] === 'primaries' && path.length > 1 ? checked.at(...path).key : checked.at(...path).value;
      const message = `The namespace "${checked.name}" is not on "${device}"${seen(known.at, now)}`;
      return [place(item, { code: 'namespace-missing', message, start, end })];
    });
  });
