import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Namespace, namespaceTitle, parseNamespace, ROOT } from '../core/names.ts';
import { Problem } from '../core/problem.ts';
import { type LoadedManifest, sitesOf } from '../core/sessions/manifest.ts';
import type { NamespaceEntry, RootEntry } from '../schemas/manifest.ts';
import { readManifest } from '../schemas/read.ts';
import type { Run } from './run.ts';
import { count, printable } from './terminal/text.ts';

/** Reads a manifest; one with errors is a Problem `bad-manifest`, each error shown. */
export async function loadManifest(run: Run, file: string): Promise<LoadedManifest> {
  const path = resolve(run.around.cwd, file);
  const { manifest, diagnostics } = readManifest(await readFile(path, 'utf8'), file);
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  const [first] = errors;
  if (first !== undefined || manifest === undefined) {
    run.note(...errors.map(({ line, column, message }) => printable(`${file}:${line}:${column}: ${message}`)));
    throw new Problem({
      kind: 'bad-manifest',
      place: file,
      cause: `it has ${count(errors.length, 'error')}`,
      remedy: 'Mend them; validate shows them all',
    });
  }
  return { manifest, file, folder: dirname(path) };
}

/** A namespace of the manifest, or the keys outside any, with what the manifest says of it. */
export interface Scope {
  namespace: Namespace;
  entry: Partial<NamespaceEntry> | RootEntry;
}

/** The scope that `--namespace` or `--root` names; throws a Problem `usage` when neither or both do, or it is not there. */
export function chooseScope(
  { manifest, file }: LoadedManifest,
  values: { namespace: string | undefined; root: boolean },
): Scope {
  const namespace = chooseNamespace(values);
  if (namespace === ROOT) return { namespace, entry: manifest.root ?? {} };
  const entry = Object.hasOwn(manifest.namespaces, namespace) ? manifest.namespaces[namespace] : undefined;
  if (entry !== undefined) return { namespace, entry };
  throw new Problem({
    kind: 'usage',
    place: file,
    cause: `it has no namespace ${JSON.stringify(namespace)}`,
    remedy: `Name one of its namespaces: ${Object.keys(manifest.namespaces).join(', ')}`,
  });
}

/** The namespace that `--namespace` or `--root` names, without a manifest. */
export function chooseNamespace(values: { namespace: string | undefined; root: boolean }): Namespace {
  if (values.root !== (values.namespace === undefined)) {
    throw new Problem({
      kind: 'usage',
      place: 'nethsm-replication',
      cause: values.root ? '--namespace and --root exclude each other' : 'no namespace is named',
      remedy: 'Say --namespace N, or --root for the keys outside any namespace',
    });
  }
  return values.namespace === undefined ? ROOT : parseNamespace(values.namespace, '--namespace');
}

/** The device that is meant when `--device` is not given: the primary, if there is just one. */
export function chooseDevice(loaded: LoadedManifest, scope: Scope, device: string | undefined): string {
  if (device !== undefined) return device;
  const { primaries } = sitesOf(scope.entry);
  const [only, other] = primaries;
  if (only !== undefined && other === undefined) return only;
  throw new Problem({
    kind: 'usage',
    place: loaded.file,
    cause: `${namespaceTitle(scope.namespace)} has ${only === undefined ? 'no primary' : 'several primaries'}, so a device must be named`,
    remedy: `Say --device with one of ${Object.keys(loaded.manifest.devices).join(', ')}`,
  });
}
