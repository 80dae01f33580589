/** Targets that a command lacks are picked from what the manifests name; one choice is no question. */
import { l10n, type QuickPickItem, Uri, window } from 'vscode';
import type { ManifestView, NamespaceView } from '../../server/operations/protocol.ts';
import type { Client } from '../client.ts';
import { documentTarget } from '../documents/document-target.ts';
import { EngineProblem } from '../engine/engine-problem.ts';
import type { TreeNode } from '../views/node.ts';
import type { Target } from '../views/target.ts';
import { KEYS_SHOWN, pickKey } from './pick-key.ts';
import { Withdrawn } from './withdrawn.ts';

/** Gives what was chosen, or ends the command quietly. */
export async function orWithdraw<T>(choice: PromiseLike<T | undefined>): Promise<T> {
  const chosen = await choice;
  if (chosen === undefined) throw new Withdrawn();
  return chosen;
}

/** What an argument of a command is about: a node of a tree, the arguments of a code lens, or a document of ours. */
export function targetOf(given: unknown): Target {
  if (typeof given !== 'object' || given === null) return {};
  if (given instanceof Uri) return documentTarget(given);
  const { target, uri, lineNumber } = given as Partial<TreeNode> & { uri?: unknown; lineNumber?: number };
  if (uri instanceof Uri) return documentTarget(uri, lineNumber);
  return target ?? ('manifest' in given ? (given as Target) : {});
}

interface Choice<T> extends QuickPickItem {
  value: T;
}

export async function pick<T>(client: Client, title: string, choices: readonly Choice<T>[]): Promise<T> {
  const [only] = choices;
  if (choices.length === 1 && only !== undefined) return only.value;
  const options = { title, placeHolder: title, matchOnDescription: true };
  return (await orWithdraw(client.refresher.whileChoosing(() => window.showQuickPick(choices, options)))).value;
}

async function manifests(client: Client): Promise<ManifestView[]> {
  const { value, problem } = await client.facts.read('nethsm/overview', {});
  if (problem !== undefined && value === undefined) throw new EngineProblem(problem);
  return value?.manifests ?? [];
}

/** The manifest that is meant. */
export async function chooseManifest(client: Client, target: Target): Promise<ManifestView> {
  const all = await manifests(client);
  const known = all.find(({ manifest }) => manifest === target.manifest);
  if (known !== undefined) return known;
  if (all.length === 0) {
    throw new EngineProblem({
      kind: 'not-found',
      place: '',
      cause: l10n.t('There is no replication manifest in this workspace'),
      remedy: l10n.t('Start practice devices, or create a file whose name ends in .nethsm.yaml'),
    });
  }
  return pick(
    client,
    l10n.t('Which manifest?'),
    all.map((value) => ({ label: value.title, description: value.devices.join(', '), value })),
  );
}

/** A namespace of the manifest that is meant. */
export async function chooseNamespace(
  client: Client,
  target: Target,
): Promise<{ manifest: ManifestView; namespace: NamespaceView }> {
  const manifest = await chooseManifest(client, target);
  const known = manifest.namespaces.find(({ namespace }) => namespace === target.namespace);
  const namespace =
    known ??
    (await pick(
      client,
      l10n.t('Which namespace?'),
      manifest.namespaces.map((value) => ({
        label: value.title,
        description: value.devices.map(({ device }) => device).join(', '),
        value,
      })),
    ));
  return { manifest, namespace };
}

/** A device of some that may be meant. */
export function chooseDevice(
  client: Client,
  title: string,
  devices: readonly string[],
  target: Target,
  describe: (device: string) => string = () => '',
): Promise<string> {
  if (target.device !== undefined && devices.includes(target.device)) return Promise.resolve(target.device);
  return pick(
    client,
    title,
    devices.map((value) => ({ label: value, description: describe(value), value })),
  );
}

/** The role of each device, as words beside its name in a pick. */
export const roleIn =
  ({ devices }: NamespaceView) =>
  (device: string): string =>
    devices.find((site) => site.device === device)?.role === 'primary' ? l10n.t('primary') : l10n.t('replica');

/** A namespace on one of the devices that may be meant; all of its devices where nothing narrows them. */
export async function chooseSite(
  client: Client,
  target: Target,
  title: string,
  candidates: (namespace: NamespaceView) => readonly string[] = ({ devices }) => devices.map(({ device }) => device),
): Promise<{ namespace: NamespaceView; place: { manifest: string; namespace: string; device: string } }> {
  const { manifest, namespace } = await chooseNamespace(client, target);
  const device = await chooseDevice(client, title, candidates(namespace), target, roleIn(namespace));
  return { namespace, place: { manifest: manifest.manifest, namespace: namespace.namespace, device } };
}

/** The key that is meant: of the node, or one of the device, narrowed while typing. */
export async function chooseKey(
  client: Client,
  target: Target,
  place: { manifest: string; namespace: string; device: string },
): Promise<string> {
  if (target.key !== undefined) return target.key;
  return pickKey(client, l10n.t('Which key on {0}?', place.device), async (filter) => {
    const { value, problem } = await client.facts.read('nethsm/keys', {
      ...place,
      limit: KEYS_SHOWN,
      maxAge: 60_000,
      ...(filter !== '' && { filter }),
    });
    const keys = (value?.keys ?? []).map(({ key }) => key);
    return { keys, ...(problem !== undefined && { problem: problem.cause }) };
  });
}
