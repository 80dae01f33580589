import { l10n } from 'vscode';
import type { KeyFactsView, KeyGroup, KeyView } from '../../../server/operations/protocol.ts';
import { plain, quiet, warn } from '../icons.ts';
import { contextOf, type TreeNode } from '../node.ts';
import { pagedNodes } from '../paged.ts';
import { READ_AGE, type ViewServices } from '../services.ts';
import type { Target } from '../target.ts';
import { safe, tooltip } from '../tooltip.ts';
import { brief, count, date } from '../words.ts';

/** Each key of a page is read, two requests a key: fewer than of plain ids. */
const KEYS_A_PAGE = 50;
/** Certificates that end within so many ms are marked. */
const SOON = 30 * 86_400_000;

/** A namespace on a device: its keys, in groups when they are many, narrowed by a filter of the engine. */
export function keysNode(
  services: ViewServices,
  id: string,
  target: Target,
  title: string,
  inManifest: boolean,
): TreeNode {
  const filter = services.pages.filter(id);
  const described = [
    filter !== undefined && l10n.t('filter {0}', filter),
    !inManifest && l10n.t('not in the manifest'),
  ].filter((part) => part !== false);
  return {
    id,
    label: title,
    ...(described.length > 0 && { description: described.join(' · ') }),
    icon: inManifest ? plain('folder') : quiet('folder'),
    target,
    list: id,
    context: contextOf('keys', 'list', inManifest && 'known', filter !== undefined && 'filtered'),
    children: () => keyNodes(services, id, target, filter, ''),
  };
}

function keyNodes(
  services: ViewServices,
  list: string,
  target: Target,
  filter: string | undefined,
  prefix: string,
): Promise<TreeNode[]> {
  const { manifest = '', namespace = '', device = '' } = target;
  return pagedNodes<'nethsm/keys'>(
    list,
    services.pages.count(list),
    (after) =>
      services.facts.read('nethsm/keys', {
        manifest,
        namespace,
        device,
        limit: KEYS_A_PAGE,
        grouped: true,
        facts: true,
        maxAge: READ_AGE,
        ...(prefix !== '' && { prefix }),
        ...(filter !== undefined && { filter }),
        ...(after !== undefined && { after }),
      }),
    (page) => page,
    ({ groups = [], keys, matching, total }) => {
      const nodes = [
        ...groups.map((group) => groupNode(services, list, target, filter, group)),
        ...keys.map((key) => keyNode(list, target, key)),
      ];
      return nodes.length > 0 ? nodes : [emptyNode(list, filter !== undefined && total > matching)];
    },
  );
}

const emptyNode = (list: string, narrowed: boolean): TreeNode => ({
  id: `${list}/empty`,
  label: narrowed ? l10n.t('No key matches the filter') : l10n.t('No keys'),
  icon: quiet('info'),
  context: contextOf('empty'),
});

function groupNode(
  services: ViewServices,
  parent: string,
  target: Target,
  filter: string | undefined,
  { prefix, count: size, first, last }: KeyGroup,
): TreeNode {
  const id = `${parent}/${prefix}…`;
  return {
    id,
    label: `${prefix}…`,
    description: count(size),
    icon: plain('folder'),
    context: contextOf('group'),
    spoken: l10n.t('{0} keys that start with {1}', count(size), prefix),
    tooltip: () => tooltip(`**${safe(prefix)}…** ${count(size)}`, `${safe(first)} … ${safe(last)}`),
    children: () => keyNodes(services, id, target, filter, prefix),
  };
}

function keyNode(list: string, target: Target, { key, facts, problem }: KeyView): TreeNode {
  const ends = facts?.certificate?.validTo;
  const soon = ends !== undefined && ends < Date.now() + SOON;
  return {
    id: `${list}/${key}`,
    label: key,
    description: problem !== undefined ? brief(problem) : facts === undefined ? '' : summary(facts),
    icon: problem !== undefined || soon ? warn('key') : plain('key'),
    target: { ...target, key },
    opens: 'diffKey',
    context: contextOf('key', 'backUpKey', 'copyKeys'),
    tooltip: () =>
      tooltip(
        `**${safe(key)}**`,
        problem && `$(warning) ${safe(problem.cause)}. ${safe(problem.remedy)}.`,
        facts && explain(facts),
      ),
  };
}

function summary({ type, tags, certificate, operations, label }: KeyFactsView): string {
  return [
    type,
    label,
    tags.length > 0 && tags.join(', '),
    certificate?.validTo !== undefined && l10n.t('certificate until {0}', date(certificate.validTo)),
    operations > 0 && l10n.t('{0} uses', count(operations)),
  ]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(' · ');
}

function explain({ type, mechanisms, tags, certificate, operations, fingerprint, label }: KeyFactsView): string {
  return [
    `${safe(type)}: ${safe(mechanisms.join(', '))}`,
    label !== undefined && l10n.t('Label {0}', safe(label)),
    tags.length > 0 && l10n.t('Only for users with the tags {0}', safe(tags.join(', '))),
    certificate !== undefined &&
      l10n.t(
        'Certificate {0}{1}',
        safe(certificate.subject ?? certificate.contentType),
        certificate.validTo === undefined ? '' : `, ${l10n.t('until {0}', date(certificate.validTo))}`,
      ),
    l10n.t('Used {0} times', count(operations)),
    fingerprint !== undefined && `\`${fingerprint}\``,
  ]
    .filter((line) => line !== false)
    .join('\n\n');
}
