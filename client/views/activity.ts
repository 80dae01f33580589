import { l10n } from 'vscode';
import type { Activity } from '../../server/operations/protocol.ts';
import { levelIcons, quiet } from './icons.ts';
import { contextOf, type TreeNode } from './node.ts';
import { nodesOf, rootsOf } from './problem-node.ts';
import type { ViewServices } from './services.ts';
import { safe, tooltip } from './tooltip.ts';
import { ago, moment, who } from './words.ts';

/** How many lines one page has. */
const LINES = 100;

/** The Activity view: what ran, the newest first, whoever ran it. */
export async function activityRoots({ facts, pages }: ViewServices): Promise<TreeNode[]> {
  const overview = await facts.read('nethsm/overview', {});
  const most = LINES * pages.count('activity');
  const lists = await Promise.all(
    (overview.value?.manifests ?? []).map(async ({ manifest }) => {
      const known = await facts.read('nethsm/activity', { manifest, most });
      return nodesOf(`activity:${manifest}`, known, ({ activity }) => lines(manifest, activity, most));
    }),
  );
  return rootsOf('activity', overview, () => lists.flat());
}

function lines(manifest: string, activity: Activity[], most: number): TreeNode[] {
  // Lines of the same moment and text are told apart by their place from the oldest.
  const nodes = activity.map((line, at) => lineNode(manifest, line, activity.length - at));
  if (activity.length < most) return nodes;
  return [
    ...nodes,
    {
      id: `activity:${manifest}/more`,
      label: l10n.t('Show more'),
      icon: quiet('ellipsis'),
      opens: 'showMore',
      list: 'activity',
      context: contextOf('more'),
    },
  ];
}

function lineNode(manifest: string, line: Activity, place: number): TreeNode {
  const { at, by, namespace, device, kind, level, text, asked, done, verified } = line;
  const figures =
    asked === undefined ? undefined : l10n.t('{0} asked, {1} done, {2} verified', asked, done ?? 0, verified ?? 0);
  return {
    id: `activity:${manifest}/${at}/${kind}/${place}`,
    label: text,
    // Most sentences have the figures already.
    description: [ago(at), who(by), /verified/.test(text) ? undefined : figures]
      .filter((part) => part !== undefined)
      .join(' · '),
    icon: levelIcons[level](),
    context: contextOf('activity'),
    target: { manifest, ...(namespace !== undefined && { namespace }), ...(device !== undefined && { device }) },
    tooltip: () =>
      tooltip(
        `**${safe(text)}**`,
        [namespace, device]
          .filter((part) => part !== undefined)
          .map(safe)
          .join(' · '),
        figures,
        `${moment(at)} · ${safe(by)} · ${safe(kind)}`,
      ),
  };
}
