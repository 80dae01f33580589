import { l10n, type MarkdownString } from 'vscode';
import type { NamespaceView, RunView } from '../../../server/operations/protocol.ts';
import { can, whyNot } from '../can.ts';
import { bad, good, quiet, warn } from '../icons.ts';
import { contextOf, type TreeNode } from '../node.ts';
import type { ViewServices } from '../services.ts';
import { titles } from '../titles.ts';
import { safe, tooltip } from '../tooltip.ts';
import { keys, moment, who } from '../words.ts';
import { deviceNode } from './device-node.ts';

/** Keys of all replicas that are not as they should be; undefined while nobody looked. */
export function drifting({ devices }: NamespaceView): number | undefined {
  const counted = devices.flatMap(({ drift }) => (drift === undefined ? [] : [drift]));
  if (counted.length === 0) return undefined;
  return counted.reduce((sum, { missing, extra, differs, conflict }) => sum + missing + extra + differs + conflict, 0);
}

/** A namespace: where it comes from, where it goes, and how that stands. */
export function namespaceNode(services: ViewServices, manifest: string, view: NamespaceView): TreeNode {
  const id = `replication:${manifest}#${view.namespace}`;
  const target = { manifest, namespace: view.namespace };
  return {
    id,
    label: view.title,
    description: [way(view), state(view)].filter((part) => part !== '').join(' · '),
    icon: icon(view),
    target,
    context: contextOf(
      'namespace',
      view.paused ? 'paused' : 'running',
      ...can(view.cannot, [
        'diff',
        'plan',
        'synchronise',
        'backUpNamespace',
        'restoreNamespace',
        'switchover',
        'failover',
        'rejoin',
        'breakGlass',
        view.paused ? 'resume' : 'pause',
      ]),
    ),
    spoken: spoken(view),
    tooltip: () => explain(view),
    expanded: true,
    children: () => [
      ...view.alarms.map(
        ({ device, text, remedy }, at): TreeNode => ({
          id: `${id}/alarm${at}`,
          label: text,
          icon: bad('bell-dot'),
          tooltip: () => tooltip(`**${safe(device)}**: ${safe(text)}`, safe(remedy)),
          spoken: l10n.t('Alarm on {0}: {1}. {2}', device, text, remedy),
          context: contextOf('alarm'),
          target: { ...target, device },
        }),
      ),
      ...view.devices.map((device) => deviceNode(services, id, target, view, device)),
    ],
  };
}

function way({ kind, primaries, devices }: NamespaceView): string {
  if (kind === 'two-way') return devices.map(({ device }) => device).join(' ⇄ ');
  const replicas = devices.filter(({ role }) => role === 'replica').map(({ device }) => device);
  return replicas.length === 0 ? primaries.join(', ') : `${primaries.join(', ')} → ${replicas.join(', ')}`;
}

function state(view: NamespaceView): string {
  const drift = drifting(view);
  if (view.paused) return l10n.t('paused');
  if (view.conflicts > 0) {
    return view.conflicts === 1 ? l10n.t('1 conflict') : l10n.t('{0} conflicts', view.conflicts);
  }
  // What this editor does, its progress tells.
  if (view.busy !== undefined && view.busy.until === undefined) return l10n.t('at work');
  const isKnown = view.devices.every(({ problem }) => problem === undefined);
  const standing = drift ? l10n.t('{0} drifting', keys(drift)) : drift === 0 && isKnown ? l10n.t('in step') : '';
  if (view.busy === undefined) return standing;
  // An agent that streams is at work all the time.
  const by = who(view.busy.by);
  return standing === '' ? l10n.t('{0} is at work', by) : l10n.t('{0} · {1} at work', standing, by);
}

function icon(view: NamespaceView) {
  if (view.alarms.length > 0) return bad('bell-dot');
  if (view.conflicts > 0) return bad('git-merge');
  if (view.paused) return quiet('debug-pause');
  if (view.devices.some(({ problem }) => problem !== undefined)) return warn('warning');
  if (view.drifting === undefined) return quiet('key');
  return view.drifting ? warn('sync-ignored') : good('sync');
}

const spoken = (view: NamespaceView): string =>
  [l10n.t('Namespace {0}', view.title), way(view).replace('→', l10n.t('to')).replace('⇄', l10n.t('and')), state(view)]
    .filter((part) => part !== '')
    .join(', ');

const runText = ({ endedAt, ok, done, asked, verified, problem }: RunView): string =>
  ok
    ? l10n.t('{0}: {1} asked, {2} done, {3} verified', moment(endedAt), asked, done, verified)
    : l10n.t('{0}, not ended well: {1}', moment(endedAt), safe(problem ?? l10n.t('{0} of {1} done', done, asked)));

const conflictsText = (conflicts: number, { at, by }: NonNullable<NamespaceView['conflictsSeen']>): string =>
  l10n.t(
    '$(git-merge) Conflicts: {0}, as of {1} by {2}',
    conflicts,
    moment(at),
    by === undefined ? l10n.t('a plan made here') : safe(by),
  );

function explain(view: NamespaceView): MarkdownString {
  const { epoch, manifestPrimaries, mode, lastRun, nextRun, paused, busy, at, conflictsSeen } = view;
  return tooltip(
    `**${safe(view.title)}**  ${safe(way(view))}`,
    epoch === undefined
      ? l10n.t('No role record yet: the first synchronisation writes it.')
      : l10n.t('Epoch {0}', epoch),
    manifestPrimaries !== undefined &&
      l10n.t(
        '$(warning) The manifest says that {0} is primary, the devices say {1}. The devices rule.',
        safe(manifestPrimaries.join(', ')),
        safe(view.primaries.join(', ')),
      ),
    { manual: l10n.t('Synchronised by hand'), scheduled: l10n.t('On a schedule'), streaming: l10n.t('Streaming') }[
      mode
    ],
    view.conflicts > 0 && conflictsSeen !== undefined && conflictsText(view.conflicts, conflictsSeen),
    lastRun && l10n.t('Last run {0}', runText(lastRun)),
    nextRun !== undefined && l10n.t('Next run {0}', moment(nextRun)),
    paused && l10n.t('$(debug-pause) Paused {0} by {1}', moment(paused.at), safe(who(paused.by))),
    busy && l10n.t('$(sync~spin) {0} works on it now', safe(who(busy.by))),
    ...view.alarms.map(({ device, text }) => `$(bell-dot) ${safe(device)}: ${safe(text)}`),
    at !== undefined && l10n.t('Read {0}', moment(at)),
    whyNot(view.cannot, titles()),
  );
}
