import type { DocumentRule } from '../document-rule.ts';
import { type Finding, place } from '../finding.ts';
import { fieldsOf, MANIFEST_SHAPE } from '../shape.ts';
import { didYouMean, nearest } from '../suggest.ts';
import { deref, plainValue } from '../tree/value.ts';

/** The fields at the top: known, there, and of the right kind. */
export const topLevel: DocumentRule = (document, view) => {
  const findings: Finding[] = [];
  const known = [...fieldsOf(MANIFEST_SHAPE).keys()];
  const there = new Set(view.fields.map(({ name }) => name));
  for (const { name, item, pair } of view.fields) {
    const { start, end } = pair.key;
    if (name === 'version') {
      const { value } = plainValue(document, item, pair.value);
      const at = pair.value ?? pair.key;
      const data = { replacement: '1' };
      const message = 'The version of the manifest form is 1';
      if (value !== 1) findings.push(place(item, { code: 'wrong-value', start: at.start, end: at.end, message, data }));
    } else if (name === 'devices' || name === 'namespaces') {
      const inside = deref(document, item, pair.value);
      const isList = inside === undefined ? pair.value !== undefined : inside.node.kind !== 'map';
      const message = `"${name}" must be a block: a name, a colon, and its fields below`;
      if (isList) findings.push(place(item, { code: 'wrong-type', start, end, message }));
    } else if (!known.includes(name) && !name.startsWith('x-') && name !== '<<') {
      const near = nearest(
        name,
        known.filter((field) => !there.has(field)),
      );
      const data = near === undefined ? {} : { replacement: near };
      const message = `The manifest has no field "${name}"${didYouMean(near)}`;
      findings.push(place(item, { code: 'unknown-field', start, end, message, data }));
    }
  }
  const missing = (MANIFEST_SHAPE.required ?? []).filter((field) => !there.has(field));
  const first = document.items[0];
  if (missing.length > 0 && first !== undefined) {
    const key = first.parsed.root.pairs[0]?.key ?? { start: 0, end: Math.min(1, first.parsed.text.length) };
    const message = `The manifest needs ${missing.map((field) => `"${field}"`).join(' and ')}`;
    findings.push(
      place(first, { code: 'missing-field', start: key.start, end: key.end, message, data: { path: [], missing } }),
    );
  }
  return findings;
};
