import type { DocumentRule } from '../document-rule.ts';
import { type Finding, place } from '../finding.ts';

/** What is no good YAML: syntax, aliases of nothing, a second document. */
export const text: DocumentRule = (document) => {
  const findings: Finding[] = [];
  for (const item of document.items) {
    for (const { code, start, end, message, fix } of item.parsed.faults) {
      findings.push(place(item, { code, start, end, message, ...(fix && { data: { detail: fix } }) }));
    }
    for (const alias of item.parsed.aliases) {
      if (document.resolve(item, alias) !== undefined || alias.name === '') continue;
      const message = `There is no anchor &${alias.name} before this`;
      findings.push(place(item, { code: 'unresolved-alias', start: alias.start, end: alias.end, message }));
    }
  }
  const last = document.items.at(-1);
  if (document.secondDocument !== undefined && last !== undefined) {
    const start = document.secondDocument - last.start;
    const message = 'A manifest is one YAML document: what follows here is not read';
    findings.push(place(last, { code: 'second-document', start, end: start + 3, message }));
  }
  return findings;
};
