import * as z from 'zod';
import { manifest } from './manifest.ts';

/** The part of JSON Schema (draft-07) that the manifest uses. */
export interface JsonSchema {
  $schema?: string;
  $ref?: string;
  title?: string;
  type?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  properties?: Record<string, JsonSchema>;
  patternProperties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  not?: JsonSchema;
  definitions?: Record<string, JsonSchema>;
  [other: string]: unknown;
}

/**
 * The manifest as JSON Schema for any YAML editor. zod knows single values; the rules between fields of one
 * object, which every editor should check too, are added here.
 */
export function manifestJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(manifest, { io: 'input', target: 'draft-7' }) as JsonSchema;
  // Fields that start with x- are for anchors, and are not read.
  schema.patternProperties = { '^x-': { description: 'Yours: a place for anchors. Not read.' } };
  const definitions = schema.definitions ?? {};
  const exactlyOne = (...fields: string[]) => fields.map((field) => ({ required: [field] }));
  if (definitions.Device) definitions.Device.oneOf = exactlyOne('url', 'nodes');
  for (const entry of [definitions.Namespace, definitions.Root]) {
    if (entry === undefined) continue;
    entry.oneOf = [
      { required: ['primary'], not: { required: ['primaries'] } },
      { required: ['primaries'], not: { anyOf: exactlyOne('primary', 'replicas') } },
    ];
  }
  if (definitions.Replication) {
    Object.assign(definitions.Replication, {
      if: { required: ['mode'], properties: { mode: { const: 'scheduled' } } },
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: { required: ['schedule'] },
    });
  }
  return schema;
}
