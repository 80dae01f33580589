import { l10n } from 'vscode';
import type { DriftCounts, DriftPage } from '../../../server/operations/protocol.ts';
import { driftIcons, plain } from '../icons.ts';
import { contextOf, type TreeNode } from '../node.ts';
import { PAGE, pagedNodes } from '../paged.ts';
import { READ_AGE, type ViewServices } from '../services.ts';
import type { Target } from '../target.ts';
import { safe, tooltip } from '../tooltip.ts';
import { count } from '../words.ts';

export type DriftKind = 'missing' | 'extra' | 'differs' | 'conflict';

const words = (kind: DriftKind): [title: string, about: string] =>
  ({
    missing: [l10n.t('Missing'), l10n.t('The primary has these keys, this replica lacks them.')],
    extra: [l10n.t('Extra'), l10n.t('Only this replica has these keys. They are never deleted for that.')],
    differs: [l10n.t('Different'), l10n.t('The keys are on both sides, but not alike.')],
    conflict: [
      l10n.t('Conflicts'),
      l10n.t('Both sides hold something else, and nobody but a person may decide. Both are kept.'),
    ],
  })[kind] as [string, string];

/** The kinds of drift that there are, each with its keys. */
export function driftGroups(services: ViewServices, parent: string, target: Target, counts: DriftCounts): TreeNode[] {
  const kinds = (['conflict', 'missing', 'differs', 'extra'] as const).filter((kind) => counts[kind] > 0);
  return kinds.map((kind) => driftGroup(services, `${parent}/${kind}`, { ...target, drift: kind }, kind, counts[kind]));
}

function driftGroup(services: ViewServices, id: string, target: Target, kind: DriftKind, total: number): TreeNode {
  const [title, about] = words(kind);
  const filter = services.pages.filter(id);
  return {
    id,
    label: title,
    description: filter === undefined ? count(total) : l10n.t('{0} · filter {1}', count(total), filter),
    icon: driftIcons[kind](),
    target,
    list: id,
    context: contextOf('drift', kind, 'list', filter !== undefined && 'filtered'),
    tooltip: () => tooltip(`**${title}** ${count(total)}`, about),
    children: () => driftKeys(services, id, target, kind, filter),
  };
}

function driftKeys(
  { facts, pages }: ViewServices,
  list: string,
  { manifest = '', namespace = '', device = '' }: Target,
  kind: DriftKind,
  filter: string | undefined,
): Promise<TreeNode[]> {
  return pagedNodes<'nethsm/drift'>(
    list,
    pages.count(list),
    (after) =>
      facts.read('nethsm/drift', {
        manifest,
        namespace,
        device,
        kind,
        limit: PAGE,
        maxAge: READ_AGE,
        ...(filter !== undefined && { filter }),
        ...(after !== undefined && { after }),
      }),
    (page) => page,
    ({ items, primary }) =>
      items.map((item) => driftKey(list, { manifest, namespace, device, key: item.key, drift: kind }, item, primary)),
  );
}

const driftKey = (list: string, target: Target, item: DriftPage['items'][number], primary: string): TreeNode => {
  const why = item.reason ?? item.fields?.join(', ');
  const kind = target.drift as DriftKind;
  return {
    id: `${list}/${item.key}`,
    label: item.key,
    ...(why !== undefined && { description: why }),
    icon: kind === 'conflict' ? driftIcons.conflict() : plain('key'),
    target,
    opens: 'diffKey',
    context: contextOf(
      'driftKey',
      kind,
      kind === 'conflict' && 'resolve',
      (kind === 'missing' || kind === 'extra') && 'copyKeys',
    ),
    spoken: [item.key, words(kind)[0], why].filter(Boolean).join(', '),
    tooltip: () =>
      tooltip(
        `**${safe(item.key)}**`,
        words(kind)[1],
        item.reason !== undefined ? safe(item.reason) : undefined,
        item.fields !== undefined && l10n.t('Not alike: {0}', safe(item.fields.join(', '))),
        l10n.t('Compared with {0}', safe(primary)),
      ),
  };
};
