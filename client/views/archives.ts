import { l10n } from 'vscode';
import type { Archive } from '../../server/operations/protocol.ts';
import { bad, good, quiet, warn } from './icons.ts';
import { contextOf, type TreeNode } from './node.ts';
import { nodesOf, rootsOf } from './problem-node.ts';
import type { ViewServices } from './services.ts';
import { safe, tooltip } from './tooltip.ts';
import { ago, brief, bytes, keys, moment } from './words.ts';

/** The Archives view: sealed archives on disk, newest first, under their namespace. */
export async function archiveRoots({ facts }: ViewServices): Promise<TreeNode[]> {
  const overview = await facts.read('nethsm/overview', {});
  const lists = await Promise.all(
    (overview.value?.manifests ?? []).map(async ({ manifest }) => {
      const known = await facts.read('nethsm/archives', { manifest });
      return nodesOf(`archives:${manifest}`, known, ({ archives }) => grouped(manifest, archives));
    }),
  );
  return rootsOf('archives', overview, () => lists.flat());
}

function grouped(manifest: string, archives: Archive[]): TreeNode[] {
  const groups = Map.groupBy(archives, ({ namespace }) => namespace);
  return [...groups].map(([namespace, group]) => ({
    id: `archives:${manifest}#${namespace ?? '?'}`,
    label: namespace === undefined ? l10n.t('Unreadable') : namespace === '' ? l10n.t('root keys') : namespace,
    description: String(group.length),
    icon: namespace === undefined ? warn('archive') : quiet('folder'),
    context: contextOf('archiveGroup'),
    expanded: true,
    children: () =>
      group
        .toSorted((a, b) => (b.created ?? b.written) - (a.created ?? a.written))
        .map((archive) => archiveNode(manifest, archive)),
  }));
}

function archiveNode(manifest: string, archive: Archive): TreeNode {
  const { file, title, namespace, device, created, problem, verifiedAt } = archive;
  return {
    id: `archives:${manifest}#${file}`,
    label: title.replace(/\.nethsm-archive$/, ''),
    description: [
      problem === undefined ? checked(archive) : brief(problem),
      archive.keys !== undefined && keys(archive.keys),
      ago(created ?? archive.written),
    ]
      .filter((part) => typeof part === 'string')
      .join(' · '),
    icon: problem !== undefined ? bad('archive') : verifiedAt === undefined ? quiet('archive') : good('archive'),
    target: { manifest, file, ...(namespace !== undefined && { namespace }) },
    opens: 'showArchive',
    context: contextOf('archive', 'verifyArchive', problem === undefined && 'restoreNamespace'),
    tooltip: () =>
      tooltip(
        `**${safe(title)}**`,
        problem && `$(warning) ${safe(problem.cause)}. ${safe(problem.remedy)}.`,
        device !== undefined && l10n.t('Made from {0}', safe(device)),
        created !== undefined && moment(created),
        bytes(archive.bytes),
        archive.users !== undefined && l10n.t('{0} users', archive.users),
        verifiedAt === undefined
          ? l10n.t('Never verified on this machine: what its head says is not believed yet.')
          : l10n.t('Verified {0}', moment(verifiedAt)),
        `\`${file}\``,
      ),
  };
}

const checked = ({ verifiedAt }: Archive): string =>
  verifiedAt === undefined ? l10n.t('not verified') : l10n.t('verified');
