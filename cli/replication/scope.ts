import { type Namespace, parseNamespace, ROOT } from '../../core/names.ts';
import type { LoadedManifest } from '../../core/sessions/manifest.ts';
import { chooseScope } from '../manifest.ts';
import type { OptionSpecs } from '../options.ts';

/** Which namespaces: one, the root keys, or all. */
export const ALL_SCOPE_OPTIONS = {
  namespace: { value: 'N', help: 'Only this namespace. Default: all that the manifest names.' },
  root: { help: 'Only the keys outside any namespace.' },
} as const satisfies OptionSpecs;

/** The namespaces that are meant: the one that is named, else all that the manifest replicates. */
export function chosenNamespaces(
  loaded: LoadedManifest,
  values: { namespace: string | undefined; root: boolean },
): Namespace[] {
  if (values.root || values.namespace !== undefined) return [chooseScope(loaded, values).namespace];
  const { namespaces, root } = loaded.manifest;
  const replicated = Object.entries(namespaces).filter(([, entry]) => isReplicated(entry));
  return [
    ...replicated.map(([name]) => parseNamespace(name)),
    ...(root !== undefined && isReplicated(root) ? [ROOT] : []),
  ];
}

const isReplicated = (entry: { replicas?: unknown; primaries?: unknown }): boolean =>
  entry.replicas !== undefined || entry.primaries !== undefined;
