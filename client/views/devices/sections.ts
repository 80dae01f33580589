import { l10n } from 'vscode';
import type { DeviceDetails, DeviceView, FindingView, UserView } from '../../../server/operations/protocol.ts';
import { bad, good, plain, quiet, warn } from '../icons.ts';
import { contextOf, type TreeNode } from '../node.ts';
import { nodesOf, problemNode } from '../problem-node.ts';
import { READ_AGE, type ViewServices } from '../services.ts';
import type { Target } from '../target.ts';
import { safe, tooltip } from '../tooltip.ts';
import { keysNode } from './key-nodes.ts';

/** What there is to see of a device: namespaces with keys, users, nodes, what doctor found. */
export function sections(services: ViewServices, parent: string, target: Target, view: DeviceView): TreeNode[] {
  const details = (make: (value: DeviceDetails) => TreeNode[], section: string) => async () => {
    const { manifest = '', device = '' } = target;
    const known = await services.facts.read('nethsm/deviceDetails', { manifest, device, maxAge: READ_AGE });
    return nodesOf(`${parent}/${section}`, known, (value) => [
      ...value.problems.map((problem, at) => problemNode(`${parent}/${section}/${at}`, problem)),
      ...make(value),
    ]);
  };
  return [
    {
      id: `${parent}/namespaces`,
      label: l10n.t('Namespaces'),
      icon: plain('folder-library'),
      context: contextOf('section'),
      children: details(
        ({ namespaces }) =>
          namespaces.map(({ namespace, title, inManifest }) =>
            keysNode(services, `${parent}/keys/${namespace}`, { ...target, namespace }, title, inManifest),
          ),
        'namespaces',
      ),
    },
    {
      id: `${parent}/users`,
      label: l10n.t('Users'),
      icon: plain('organization'),
      context: contextOf('section'),
      children: details(({ users }) => users.map((user) => userNode(parent, user)), 'users'),
    },
    {
      id: `${parent}/findings`,
      label: l10n.t('Doctor'),
      description: findingsWord(view.findings),
      icon: (view.findings ?? 0) > 0 ? warn('pulse') : plain('pulse'),
      context: contextOf('section', 'doctorSection', view.cannot.doctor === undefined && 'doctor'),
      target,
      ...(view.findings !== undefined && {
        children: details(
          ({ findings = [] }) => findings.map((finding, at) => findingNode(parent, finding, at)),
          'findings',
        ),
      }),
    },
    {
      id: `${parent}/nodes`,
      label: view.nodes.length === 1 ? l10n.t('Address') : l10n.t('Nodes'),
      description: view.nodes.length === 1 ? (view.nodes[0]?.url ?? '') : String(view.nodes.length),
      icon: plain('globe'),
      context: contextOf('section'),
      children: () => view.nodes.map((node) => nodeNode(parent, node)),
    },
  ];
}

function findingsWord(findings: number | undefined): string {
  if (findings === undefined) return l10n.t('never asked');
  if (findings === 0) return l10n.t('all is well');
  return findings === 1 ? l10n.t('1 finding') : l10n.t('{0} findings', findings);
}

const userNode = (parent: string, { user, role, realName, ours, tags = [] }: UserView): TreeNode => ({
  id: `${parent}/user/${user}`,
  label: user,
  description: [role, ours !== undefined && l10n.t('ours')].filter((part) => typeof part === 'string').join(' · '),
  icon: ours === undefined ? plain('account') : good('account'),
  context: contextOf('user'),
  tooltip: () =>
    tooltip(
      `**${safe(user)}**  ${safe(role)}`,
      safe(realName),
      ours !== undefined && l10n.t('The manifest names it as {0}', safe(ours)),
      tags.length > 0 && safe(tags.join(', ')),
    ),
});

const findingNode = (parent: string, { check, ok, text, remedy }: FindingView, at: number): TreeNode => ({
  id: `${parent}/finding/${at}`,
  label: check,
  description: text,
  icon: ok ? good('pass') : bad('error'),
  context: contextOf('finding'),
  spoken: [check, ok ? l10n.t('good') : l10n.t('not good'), text, ok ? undefined : remedy].filter(Boolean).join(', '),
  tooltip: () => tooltip(`**${safe(check)}**`, safe(text), remedy !== undefined && safe(remedy)),
});

const nodeNode = (parent: string, { url, pin, confirmed, answers }: DeviceView['nodes'][number]): TreeNode => ({
  id: `${parent}/node/${url}`,
  label: url,
  description: answers === false ? l10n.t('does not answer') : (pin ?? ''),
  icon: answers === false ? bad('debug-disconnect') : confirmed === 'known' ? good('pass') : quiet('circle-outline'),
  context: contextOf('node'),
  tooltip: () =>
    tooltip(
      `\`${url}\``,
      pin && `\`${pin}\``,
      confirmed === 'new' && l10n.t('Its public key is not confirmed yet: no passphrase goes there.'),
      confirmed === 'changed' && l10n.t('$(warning) Another public key was confirmed for this address before.'),
    ),
});
