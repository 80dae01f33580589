import type { KeyFacts } from '../core/key-facts.ts';
import { printable } from './terminal/text.ts';

/** The facts of a key as JSON: the certificate's bytes become base64. */
export function factsJson(facts: KeyFacts | Record<string, never>): Record<string, unknown> {
  const { certificate, ...rest } = facts as Partial<KeyFacts>;
  if (certificate === undefined) return rest;
  return { ...rest, certificate: { contentType: certificate.contentType, data: certificate.data.toString('base64') } };
}

/** Titles of {@link keyRow}'s cells. */
export const KEY_COLUMNS = [
  { title: 'Key', max: 48 },
  { title: 'Type' },
  { title: 'Mechanisms', max: 36 },
  { title: 'Tags', max: 20 },
  { title: 'Label', max: 20 },
  { title: 'Cert' },
  { title: 'Uses', align: 'right' as const },
];

/** One key as a row of a table, escaped for a terminal. */
export function keyRow(id: string, facts: KeyFacts): string[] {
  return [
    printable(id),
    printable(facts.type),
    printable(facts.mechanisms.join(' ')),
    printable(facts.tags.join(' ')),
    printable(facts.label ?? ''),
    facts.certificate === undefined ? '' : 'yes',
    String(facts.operations),
  ];
}
