import { checkedEntries, type DocumentRule } from '../document-rule.ts';

import type { Finding, Related } from '../finding.ts';

/** Secrets without a source are looked up by a variable's name; two of them must not have one name. */
export const environmentCollision: DocumentRule = (document, view) => {
  const seen = new Map<string, { name: string; place: Related }>();
  const findings: Finding[] = [];
  for (const { item, checked, variables } of checkedEntries(document, view, 'all')) {
    for (const variable of variables) {
      const before = seen.get(variable);
      if (before === undefined) {
        const { start, end } = checked.at().key;
        seen.set(variable, { name: checked.name, place: { item, start, end, message: `"${checked.name}"` } });
        continue;
      }
      const { start, end } = checked.at().key;
      const message = `A secret of "${checked.name}" and one of "${before.name}" would both come from ${variable}: name a source for one`;
      findings.push({ code: 'environment-collision', message, item, start, end, related: [before.place] });
      break;
    }
  }
  return findings;
};
