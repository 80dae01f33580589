import { type JsonSchema, manifestJsonSchema } from './json-schema.ts';

/** The schema of the whole manifest. */
export const MANIFEST_SHAPE: JsonSchema = manifestJsonSchema();

const definitions = MANIFEST_SHAPE.definitions ?? {};

/** A schema with its reference followed; what stands beside the reference (a description, a default) wins. */
export function follow(shape: JsonSchema): JsonSchema {
  const reference = shape.$ref ?? onlyReference(shape);
  if (reference === undefined) return shape;
  const { $ref: _, allOf: __, ...beside } = shape;
  return { ...definitions[reference.replace('#/definitions/', '')], ...beside };
}

function onlyReference(shape: JsonSchema): string | undefined {
  const all = shape.allOf as JsonSchema[] | undefined;
  return all?.length === 1 ? all[0]?.$ref : undefined;
}

/** The ways to write a value: the branches of a choice, or the schema itself. */
export function branches(shape: JsonSchema): JsonSchema[] {
  const followed = follow(shape);
  return followed.anyOf === undefined ? [followed] : followed.anyOf.flatMap((branch) => branches(branch));
}

/** The fields of an object, those of all branches together. */
export function fieldsOf(shape: JsonSchema): Map<string, JsonSchema> {
  const fields = new Map<string, JsonSchema>();
  for (const branch of branches(shape)) {
    for (const [name, field] of Object.entries(branch.properties ?? {})) fields.set(name, field);
  }
  return fields;
}

/** The schemas of what stands under one step of a path. */
function stepInto(shape: JsonSchema, step: PropertyKey): JsonSchema[] {
  return branches(shape).flatMap((branch) => {
    if (typeof step === 'number') return branch.items === undefined ? [] : [branch.items];
    const field = branch.properties?.[String(step)];
    if (field !== undefined) return [field];
    return typeof branch.additionalProperties === 'object' ? [branch.additionalProperties] : [];
  });
}

/** The schema under a path from the top of the manifest; undefined where nothing is allowed. */
export function shapeAt(path: readonly PropertyKey[]): JsonSchema | undefined {
  let shape: JsonSchema | undefined = MANIFEST_SHAPE;
  for (const step of path) {
    const found: JsonSchema[] = stepInto(shape, step);
    if (found.length === 0) return undefined;
    shape = found.length === 1 ? follow(found[0] as JsonSchema) : { anyOf: found };
  }
  return shape;
}
