/**
 * How the engine and the practice devices come into one world that the harness owns: their imports of time, chance, files
 * and sockets are led to `seams/`. Their sources stay as they are, unless a negative control breaks one on purpose.
 */
import { registerHooks } from 'node:module';
import type { Break } from './breaks/break.ts';

const ROOT = new URL('../../', import.meta.url).href;
const seam = (name: string): string => new URL(`./seams/${name}.ts`, import.meta.url).href;

/** Built-in modules, and files below the root, by what stands for them. */
const SEAMS: Readonly<Record<string, string>> = {
  'node:crypto': seam('crypto'),
  'node:timers/promises': seam('timers'),
  'node:fs/promises': seam('fs-promises'),
  'node:fs': seam('fs'),
  'core/device/undici.ts': seam('undici'),
  'core/device/trust.ts': seam('trust'),
  'core/device/raw-post.ts': seam('raw-post'),
  'practice/server.ts': seam('server'),
  'practice/pause.ts': seam('pause'),
  'practice/tls-identity.ts': seam('tls-identity'),
};

const isOurs = (url: string | undefined): boolean =>
  url !== undefined && (url.startsWith(`${ROOT}core/`) || url.startsWith(`${ROOT}practice/`));

/** The place of a module below the root, without what follows a `?`. */
const placeOf = (url: string): string => (url.startsWith(ROOT) ? url.slice(ROOT.length).replace(/\?.*$/, '') : url);

/** Installs the seams, and a break; before anything of `core/` or `practice/` is imported. */
export function installHooks(broken: Break | undefined): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (!isOurs(context.parentURL)) return next(specifier, context);
      const builtIn = SEAMS[specifier];
      if (builtIn !== undefined) return { url: builtIn, format: 'module-typescript', shortCircuit: true };
      const found = next(specifier, context);
      const replaced = SEAMS[placeOf(found.url)];
      return replaced === undefined ? found : { url: replaced, format: 'module-typescript', shortCircuit: true };
    },
    load(url, context, next) {
      const loaded = next(url, context);
      const changes = broken?.changes.filter(({ file }) => file === placeOf(url)) ?? [];
      if (changes.length === 0) return loaded;
      return {
        ...loaded,
        source: changes.reduce((source, change) => breakSource(source, change), String(loaded.source)),
      };
    },
  });
}

/** A source with one place in it changed; throws when the place is not there just once: a control that breaks nothing proves nothing. */
export function breakSource(source: string, { file, find, put }: Break['changes'][number]): string {
  const parts = source.split(find);
  if (parts.length !== 2)
    throw new Error(`${file} holds ${parts.length - 1} times what a break wants to change: ${find}`);
  return parts.join(put);
}
