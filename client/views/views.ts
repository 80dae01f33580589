/** The four views: what they show, when they are drawn, and the badge. */
import { commands, type Disposable, l10n, type TreeView, window, workspace } from 'vscode';
import type { ProblemData } from '../../server/operations/protocol.ts';
import type { Engine } from '../engine/connection.ts';
import type { Known } from '../state/facts.ts';
import type { Refresher } from '../state/refresher.ts';
import { activityRoots } from './activity.ts';
import { archiveRoots } from './archives.ts';
import { deviceRoots } from './devices/roots.ts';
import type { TreeNode } from './node.ts';
import { replicationRoots } from './replication/roots.ts';
import type { ViewServices } from './services.ts';
import { createTree } from './tree.ts';

export interface Views extends Disposable {
  /** Draws all views again from what is known. */
  redraw(): void;
}

/** Each view with what it is drawn from. */
const VIEWS = {
  replication: { roots: replicationRoots, of: ['nethsm/overview', 'nethsm/drift'] },
  devices: { roots: deviceRoots, of: ['nethsm/overview', 'nethsm/devices', 'nethsm/deviceDetails', 'nethsm/keys'] },
  archives: { roots: archiveRoots, of: ['nethsm/overview', 'nethsm/archives'] },
  activity: { roots: activityRoots, of: ['nethsm/overview', 'nethsm/activity'] },
} as const;

export function createViews(services: ViewServices, engine: Engine, refresher: Refresher): Views {
  const parts = Object.entries(VIEWS).map(([name, { roots, of }]) => {
    const tree = createTree(() => roots(services));
    const view = window.createTreeView(`nethsm-replication.${name}`, {
      treeDataProvider: tree,
      showCollapseAll: true,
      canSelectMany: true,
    });
    view.onDidChangeVisibility(({ visible }) => refresher.setVisible(name, visible));
    view.onDidExpandElement(({ element }) => tree.turned(element, true));
    view.onDidCollapseElement(({ element }) => tree.turned(element, false));
    if (view.visible) refresher.setVisible(name, true);
    return { name, of: new Set<string>(of), tree, view };
  });
  const replication = parts.find(({ name }) => name === 'replication')?.view;

  const redraw = () => {
    for (const { tree } of parts) tree.redraw();
  };
  const about = async () => {
    const known = await services.facts.read('nethsm/overview', {});
    showBadge(replication, known);
    await setReason(known);
  };
  services.facts.onChange((methods) => {
    for (const { of, tree } of parts) if ([...methods].some((method) => of.has(method))) tree.redraw();
    if (methods.has('nethsm/overview')) void about();
  });
  // Once a view is looked at, the reason of its emptiness is known too.
  for (const { view } of parts) view.onDidChangeVisibility(({ visible }) => visible && void about());
  if (parts.some(({ view }) => view.visible)) void about();
  let broken = false;
  const state = engine.onState((now) => {
    // What was known before the process died is asked anew; its first start changes nothing.
    if (now === 'down' || (now === 'up' && broken)) {
      services.facts.clear();
      redraw();
    }
    broken = now === 'down' || (broken && now !== 'up');
  });
  const tellTrust = () => {
    if (replication === undefined) return;
    replication.message = workspace.isTrusted ? '' : l10n.t('This workspace is not trusted: nothing connects.');
  };
  tellTrust();
  const trust = workspace.onDidGrantWorkspaceTrust(() => {
    tellTrust();
    services.facts.clear();
    redraw();
  });

  return {
    redraw,
    dispose() {
      state.dispose();
      trust.dispose();
      for (const { tree, view } of parts) {
        view.dispose();
        tree.dispose();
      }
    },
  };
}

function showBadge(view: TreeView<TreeNode> | undefined, { value }: Known<'nethsm/overview'>): void {
  if (view === undefined) return;
  const namespaces = (value?.manifests ?? []).flatMap((manifest) => manifest.namespaces);
  const off = namespaces.filter(({ drifting, alarms }) => drifting === true || alarms.length > 0).length;
  const tooltip = off === 1 ? l10n.t('1 namespace is out of step') : l10n.t('{0} namespaces are out of step', off);
  view.badge = off === 0 ? undefined : { value: off, tooltip };
}

/** Why the views are empty: each reason has a welcome view of its own. */
async function setReason({ value, problem }: Known<'nethsm/overview'>): Promise<void> {
  await commands.executeCommand('setContext', 'nethsm-replication.reason', reasonOf(value?.manifests.length, problem));
}

function reasonOf(manifests: number | undefined, problem: ProblemData | undefined): string {
  if (problem !== undefined) return 'outage';
  if (manifests === 0) return workspace.workspaceFolders === undefined ? 'no-folder' : 'no-manifest';
  return 'none';
}
