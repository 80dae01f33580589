import { type Call, readObject, textField } from '../call.ts';
import type { Subject } from '../certificate.ts';

const SCHEMA = 'Json.subject_req';

/** The parts of a name with their object identifiers, in the device's order; empty ones are left out (recording 16). */
const ATTRIBUTES = [
  { field: 'commonName', oid: '550403' },
  { field: 'countryName', oid: '550406', printable: true },
  { field: 'localityName', oid: '550407' },
  { field: 'stateOrProvinceName', oid: '550408' },
  { field: 'organizationName', oid: '55040a' },
  { field: 'organizationalUnitName', oid: '55040b' },
  { field: 'emailAddress', oid: '2a864886f70d010901' },
];

/** Reads the body of a request for a signing request. */
export async function readSubject(call: Call): Promise<Subject> {
  const body = await readObject(call, SCHEMA);
  const commonName = textField(body, 'commonName', SCHEMA);
  const attributes = ATTRIBUTES.flatMap(({ field, ...attribute }) => {
    const value = body[field];
    return typeof value === 'string' && value !== '' ? [{ ...attribute, value }] : [];
  });
  const names = body.subjectAltNames;
  return { attributes, alternativeNames: Array.isArray(names) ? names.map(String) : [commonName] };
}
