import { l10n } from 'vscode';
import type { ManifestView } from '../../../server/operations/protocol.ts';
import { can } from '../can.ts';
import { bad, plain } from '../icons.ts';
import { contextOf, type TreeNode } from '../node.ts';
import { rootsOf } from '../problem-node.ts';
import type { ViewServices } from '../services.ts';
import { namespaceNode } from './namespace-node.ts';

/** The Replication view: manifests, their namespaces, their devices, what drifts. */
export async function replicationRoots(services: ViewServices): Promise<TreeNode[]> {
  const known = await services.facts.read('nethsm/overview', {});
  return rootsOf('replication', known, (manifests) => manifests.map((view) => manifestNode(services, view)));
}

function manifestNode(services: ViewServices, view: ManifestView): TreeNode {
  const id = `replication:${view.manifest}`;
  const common: TreeNode = {
    id,
    label: view.title,
    target: { manifest: view.manifest },
    context: contextOf('manifest', ...can(view.cannot, ['addDevice', 'pair', 'doctor'])),
  };
  if (view.errors > 0) {
    const errors = view.errors === 1 ? l10n.t('1 error') : l10n.t('{0} errors', view.errors);
    return {
      ...common,
      description: l10n.t('{0}: nothing connects', errors),
      icon: bad('error'),
      context: contextOf('manifest', 'invalid'),
      opens: 'openManifest',
    };
  }
  return {
    ...common,
    icon: plain('file-code'),
    expanded: true,
    children: () => view.namespaces.map((namespace) => namespaceNode(services, view.manifest, namespace)),
  };
}
