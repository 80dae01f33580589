/** Reading the bodies that make keys: what they must have, in the device's words (recordings 04, 06 and 17). */
import { refuse } from '../answer.ts';
import { onlyFields, refuseSchema } from '../call.ts';
import { checkId } from '../ids.ts';
import { type KeyType, MECHANISMS, MECHANISMS_OF, type Mechanism } from './types.ts';

/** What a new key is asked to be, apart from its material. */
export interface NewKey {
  mechanisms: Mechanism[];
  type: KeyType;
  tags: string[];
  label: string | undefined;
}

const COMMON = ['mechanisms', 'type', 'restrictions', 'label'];

/** Reads the fields that import and generation share. */
export function readNewKey(body: Record<string, unknown>, schema: string, more: readonly string[]): NewKey {
  onlyFields(body, [...COMMON, ...more], schema);
  const mechanisms = readMechanisms(body.mechanisms, schema);
  const type = readType(body.type, schema);
  return { mechanisms, type, tags: readTags(body.restrictions), label: readLabel(body.label) };
}

/** Refuses mechanisms that the type can't do; separate, because the device looks at other things first. */
export function checkMechanisms({ mechanisms, type }: NewKey): void {
  if (mechanisms.length === 0) refuse(400, 'Empty set of mechanisms');
  if (!mechanisms.every((name) => MECHANISMS_OF[type].includes(name))) refuse(400, 'Mechanism does not match key type');
}

function readMechanisms(value: unknown, schema: string): Mechanism[] {
  if (!Array.isArray(value)) return refuseSchema(`${schema}.mechanisms`);
  if (!value.every((name) => MECHANISMS.includes(name))) refuseSchema('Json.mechanism');
  return value as Mechanism[];
}

function readType(value: unknown, schema: string): KeyType {
  if (value === undefined) refuseSchema(`${schema}.typ`);
  if (typeof value !== 'string' || !(value in MECHANISMS_OF)) refuseSchema('Json.key_type');
  return value as KeyType;
}

function readTags(value: unknown): string[] {
  if (value === undefined) return [];
  const { tags = [] } = value as { tags?: unknown };
  if (!Array.isArray(tags)) return refuseSchema('Json.restrictions.tags');
  return [...new Set(tags.map((tag) => checkId(String(tag))))].toSorted();
}

/** A label: at most 32 bytes of text. */
export function readLabel(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') return refuseSchema('Json.label');
  if (Buffer.byteLength(value) > 32) return refuseSchema('Label is too long, max 32 bytes');
  return value;
}
