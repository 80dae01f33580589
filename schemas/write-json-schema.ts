/** Writes manifest.schema.json; `npm run schema`. */
import { writeFileSync } from 'node:fs';
import { manifestJsonSchema } from './json-schema.ts';

writeFileSync(
  new URL('manifest.schema.json', import.meta.url),
  `${JSON.stringify(manifestJsonSchema(), undefined, 2)}\n`,
);
