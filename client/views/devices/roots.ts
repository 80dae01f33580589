import { l10n, type MarkdownString } from 'vscode';
import type { DeviceView } from '../../../server/operations/protocol.ts';
import { can, whyNot } from '../can.ts';
import { deviceIcon, plain } from '../icons.ts';
import { contextOf, type TreeNode } from '../node.ts';
import { nodesOf, problemNode, rootsOf } from '../problem-node.ts';
import { awaitedWord, stateWord } from '../replication/device-node.ts';
import type { ViewServices } from '../services.ts';
import { titles } from '../titles.ts';
import { safe, tooltip } from '../tooltip.ts';
import { brief, moment } from '../words.ts';
import { sections } from './sections.ts';

/** The Devices view: of each manifest its devices; a single valid manifest shows them at once. */
export async function deviceRoots(services: ViewServices): Promise<TreeNode[]> {
  const known = await services.facts.read('nethsm/overview', {});
  const valid = (known.value?.manifests ?? []).filter(({ errors }) => errors === 0);
  if (valid.length === 1 && valid[0] !== undefined) return devicesOf(services, valid[0].manifest);
  return rootsOf('devices', known, () =>
    valid.map(({ manifest, title, cannot }) => ({
      id: `devices:${manifest}`,
      label: title,
      icon: plain('file-code'),
      target: { manifest },
      context: contextOf('manifest', ...can(cannot, ['addDevice', 'pair', 'doctor'])),
      expanded: true,
      children: () => devicesOf(services, manifest),
    })),
  );
}

async function devicesOf(services: ViewServices, manifest: string): Promise<TreeNode[]> {
  const known = await services.facts.read('nethsm/devices', { manifest });
  return nodesOf(`devices:${manifest}`, known, ({ devices }) =>
    devices.map((view) => deviceNode(services, manifest, view)),
  );
}

function deviceNode(services: ViewServices, manifest: string, view: DeviceView): TreeNode {
  const id = `devices:${manifest}#${view.device}`;
  const target = { manifest, device: view.device };
  const findings = view.findings ?? 0;
  const found = findings === 1 ? l10n.t('1 finding') : l10n.t('{0} findings', findings);
  return {
    id,
    label: view.device,
    description: [standing(view), view.release, findings > 0 && found]
      .filter((part) => typeof part === 'string')
      .join(' · '),
    icon: deviceIcon(view.state),
    target,
    context: contextOf(
      'device',
      (view.state !== 'Operational' || view.problem !== undefined) && 'connect',
      ...can(view.cannot, ['doctor', 'pair']),
    ),
    tooltip: () => explain(view),
    children: () => [
      ...(view.problem === undefined ? [] : [problemNode(id, view.problem, target)]),
      ...sections(services, id, target, view),
    ],
  };
}

function standing({ state, awaits, problem }: DeviceView): string {
  if (awaits !== undefined) return awaitedWord(awaits);
  return problem !== undefined && (state === 'Operational' || state === 'unknown') ? brief(problem) : stateWord(state);
}

function explain(view: DeviceView): MarkdownString {
  return tooltip(
    `**${safe(view.device)}**  ${stateWord(view.state)}${view.release === undefined ? '' : `, ${safe(view.release)}`}`,
    view.problem && `$(warning) ${safe(view.problem.cause)}. ${safe(view.problem.remedy)}.`,
    ...view.nodes.map(({ url, pin }) => `\`${url}\`${pin === undefined ? '' : `  \n\`${pin}\``}`),
    view.at !== undefined && l10n.t('Read {0}', moment(view.at)),
    whyNot(view.cannot, titles()),
  );
}
