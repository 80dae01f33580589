import { l10n, type MarkdownString } from 'vscode';
import type { Awaited, DriftCounts, NamespaceDeviceView, NamespaceView } from '../../../server/operations/protocol.ts';
import { can, whyNot } from '../can.ts';
import { deviceIcon, good, warn } from '../icons.ts';
import { contextOf, type TreeNode } from '../node.ts';
import { problemNode } from '../problem-node.ts';
import type { ViewServices } from '../services.ts';
import type { Target } from '../target.ts';
import { titles } from '../titles.ts';
import { safe, tooltip } from '../tooltip.ts';
import { brief, count, moment, span } from '../words.ts';
import { driftGroups } from './drift-nodes.ts';

/** A namespace on one of its devices, with what drifts there. */
export function deviceNode(
  services: ViewServices,
  parent: string,
  target: Target,
  namespace: NamespaceView,
  view: NamespaceDeviceView,
): TreeNode {
  const id = `${parent}/${view.device}`;
  const own = { ...target, device: view.device };
  const { drift, problem } = view;
  const below = drift === undefined ? [] : driftGroups(services, id, own, drift);
  return {
    id,
    label: view.device,
    description: [role(view, namespace), standing(view, namespace)].filter(Boolean).join(' · '),
    icon: icon(view),
    target: own,
    context: contextOf(
      'site',
      view.role,
      (view.state !== 'Operational' || problem !== undefined) && 'connect',
      ...can(view.cannot, [
        'diff',
        'backUpNamespace',
        'restoreNamespace',
        'restoreKey',
        'switchover',
        'failover',
        'rejoin',
        'breakGlass',
        'copyKeys',
      ]),
      (drift?.missing ?? 0) > 0 && 'lacking',
    ),
    tooltip: () => explain(view, namespace),
    ...((below.length > 0 || problem !== undefined) && {
      children: () => (problem === undefined ? below : [problemNode(id, problem, own), ...below]),
    }),
  };
}

const role = ({ role, epoch }: NamespaceDeviceView, namespace: NamespaceView): string => {
  const word =
    namespace.kind === 'two-way' ? l10n.t('writes') : role === 'primary' ? l10n.t('primary') : l10n.t('replica');
  const other = epoch !== undefined && namespace.epoch !== undefined && epoch !== namespace.epoch;
  return other ? l10n.t('{0} of epoch {1}', word, epoch) : word;
};

/** `2 missing, 1 differs · 4 min behind`. */
function standing(view: NamespaceDeviceView, namespace: NamespaceView): string {
  if (view.awaits !== undefined) return awaitedWord(view.awaits);
  if (view.state !== 'Operational' && view.state !== 'unknown') return stateWord(view.state);
  // A device that answers is not out of reach itself: the one it is compared with is.
  if (view.problem?.kind === 'unreachable') return l10n.t('not compared');
  if (view.problem !== undefined) return brief(view.problem);
  if (view.role === 'primary' && namespace.kind === 'one-way') return '';
  const parts = view.drift === undefined ? [] : [driftWords(view.drift)];
  if (view.lag !== undefined && view.lag > 0) parts.push(l10n.t('{0} behind', span(view.lag)));
  return parts.join(' · ');
}

export function stateWord(state: NamespaceDeviceView['state']): string {
  return {
    Operational: l10n.t('operational'),
    Locked: l10n.t('locked'),
    Unprovisioned: l10n.t('unprovisioned'),
    Failed: l10n.t('failed'),
    unreachable: l10n.t('unreachable'),
    untrusted: l10n.t('not confirmed yet'),
    connecting: l10n.t('connecting'),
    unknown: l10n.t('not asked yet'),
  }[state];
}

/** What a device waits for. */
export const awaitedWord = (awaits: Awaited): string =>
  awaits === 'passphrase' ? l10n.t('waiting for a passphrase') : l10n.t('waiting to be confirmed');

function driftWords({ missing, extra, differs, conflict, same }: DriftCounts): string {
  const parts = [
    missing > 0 && l10n.t('{0} missing', count(missing)),
    extra > 0 && l10n.t('{0} extra', count(extra)),
    differs > 0 && (differs === 1 ? l10n.t('1 differs') : l10n.t('{0} differ', count(differs))),
    conflict > 0 && (conflict === 1 ? l10n.t('1 conflict') : l10n.t('{0} conflicts', count(conflict))),
  ].filter((part) => part !== false);
  if (parts.length > 0) return parts.join(', ');
  return same === 0 ? l10n.t('in step, no keys') : l10n.t('in step, {0} the same', count(same));
}

function icon(view: NamespaceDeviceView) {
  if (view.problem !== undefined && view.state === 'Operational') return warn('warning');
  if (view.state !== 'Operational') return deviceIcon(view.state);
  if (view.role === 'primary') return good('vm-active');
  const { drift } = view;
  if (drift === undefined) return deviceIcon('unknown');
  const off = drift.missing + drift.extra + drift.differs + drift.conflict > 0;
  return off || view.overLag ? warn('vm-outline') : good('vm');
}

function explain(view: NamespaceDeviceView, namespace: NamespaceView): MarkdownString {
  const { drift, lag, overLag, lastRun, at, problem, epoch } = view;
  return tooltip(
    `**${safe(view.device)}**  ${role(view, namespace)}, ${stateWord(view.state)}`,
    problem && `$(warning) ${safe(problem.cause)}. ${safe(problem.remedy)}.`,
    epoch !== undefined && l10n.t('Record of epoch {0} on this device', epoch),
    drift && driftWords(drift),
    lag !== undefined &&
      lag > 0 &&
      (overLag
        ? l10n.t('$(warning) {0} behind: more than the manifest allows', span(lag))
        : l10n.t('{0} behind', span(lag))),
    lastRun && l10n.t('Last run {0}', moment(lastRun.endedAt)),
    namespace.nextRun !== undefined && l10n.t('Next run {0}', moment(namespace.nextRun)),
    at !== undefined && l10n.t('Read {0}', moment(at)),
    whyNot(view.cannot, titles()),
  );
}
