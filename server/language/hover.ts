import type { Hover } from 'vscode-languageserver';
import { isTimeZone, nextRuns } from '../../schemas/cron.ts';
import { deviceSecrets, deviceVariable, namespaceVariable } from '../../schemas/environment.ts';
import { shapeAt } from '../../schemas/shape.ts';
import { findPair, nodeAt, type TreeNode } from '../../schemas/tree/node.ts';
import { deref } from '../../schemas/tree/value.ts';
import { describe } from './completion.ts';
import type { LanguageContext, ManifestFile } from './context.ts';
import { clockText, cronWords } from './cron-words.ts';
import { seen } from './diagnostics/live-rule.ts';
import { type AtOffset, pathAt } from './path-at.ts';
import { itemRange } from './places.ts';
import { addresses } from './references.ts';
import { namedAt } from './symbol-at.ts';

/** What there is to say about what stands at an offset. */
export function hover(file: ManifestFile, offset: number, context: LanguageContext): Hover | undefined {
  const at = pathAt(file.document, offset);
  if (at === undefined) return undefined;
  const said = [special(file, offset, at, context), described(at)].filter((text) => text !== undefined);
  if (said.length === 0) return undefined;
  return {
    contents: { kind: 'markdown', value: said.join('\n\n---\n\n') },
    range: itemRange(file.document, at.item, at.node),
  };
}

/** The description of a field, and of the value of an enumeration that is chosen. */
function described({ path, onKey, node }: AtOffset): string | undefined {
  const shape = shapeAt(path);
  if (shape === undefined) return undefined;
  if (onKey || node.kind !== 'scalar') return describe(shape) || undefined;
  const index = shape.enum?.indexOf(node.value) ?? -1;
  const meaning = (shape.enumDescriptions as string[] | undefined)?.[index];
  return meaning === undefined ? undefined : `\`${String(node.value)}\`: ${meaning}`;
}

function special(file: ManifestFile, offset: number, at: AtOffset, context: LanguageContext): string | undefined {
  const named = namedAt(file.document, offset);
  if (named?.kind === 'device') return deviceText(file, named.name, context);
  if (named?.kind === 'namespace') return namespaceText(file, named.name, context);
  if (named?.kind === 'anchor') return anchorText(file, at);
  const field = at.path.at(-1);
  if (field === 'passphrase' && at.onKey && at.node.kind === 'scalar') return undefined;
  if (field === 'schedule' && !at.onKey) return scheduleText(at, context.now());
  if (field === 'timeZone' && !at.onKey && at.node.kind === 'scalar' && isTimeZone(String(at.node.value))) {
    return `Now: ${clockText(context.now(), String(at.node.value))}`;
  }
  return variableText(at);
}

function scheduleText({ node, around }: AtOffset, now: Date): string | undefined {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return undefined;
  const zoneNode = nodeAt(
    around.findLast((one) => one.kind === 'map'),
    ['timeZone'],
  );
  const zone = zoneNode?.kind === 'scalar' && isTimeZone(String(zoneNode.value)) ? String(zoneNode.value) : 'UTC';
  const words = cronWords(node.value);
  const runs = nextRuns(node.value, zone, now, 3).map((run) => `- ${clockText(run, zone)}`);
  if (words === undefined || runs.length === 0) return undefined;
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}, by the clock of ${zone}. Next:\n\n${runs.join('\n')}`;
}

function deviceText(file: ManifestFile, name: string, context: LanguageContext): string {
  const known = context.facts.of(file.uri)?.device(name);
  const lines = [`**${name}**`, ...addresses(file, name).map((address) => `<${address}>`)];
  if (known !== undefined) {
    const release = known.release === undefined ? '' : `, release ${known.release}`;
    lines.push(`${known.state}${release}${seen(known.at, context.now().getTime())}`);
    if (known.domain !== undefined) lines.push(`Domain: \`${known.domain}\``);
    if (known.pin !== undefined) lines.push(`Shows the key \`${known.pin}\``);
  }
  return lines.join('\n\n');
}

function namespaceText(file: ManifestFile, name: string, context: LanguageContext): string {
  const known = context.facts.of(file.uri)?.namespace(name);
  const lines = [`**${name}**`];
  if (known !== undefined) {
    const now = context.now().getTime();
    if (known.primary !== undefined)
      lines.push(`By the record: primary ${known.primary}, epoch ${known.epoch ?? '?'}${seen(known.at, now)}`);
    for (const [device, { missing = 0, extra = 0, differs = 0, lagSeconds }] of Object.entries(known.replicas ?? {})) {
      const lag = lagSeconds === undefined ? '' : `, lag ${lagSeconds} s`;
      lines.push(`- ${device}: ${missing} missing, ${extra} extra, ${differs} differ${lag}`);
    }
  }
  lines.push(`Without a source the passphrase of its administrator comes from \`${namespaceVariable(name)}\``);
  return lines.join('\n\n');
}

/** Where a credential's secret comes from when no source is named. */
function variableText({ path, onKey, pair }: AtOffset): string | undefined {
  if (!onKey) return undefined;
  const [section, name, block, credential] = path;
  const value: TreeNode | undefined = pair?.value;
  if (section === 'devices' && block === 'credentials' && path.length === 4) {
    const secret = deviceSecrets.find((one) => one === credential);
    if (secret === undefined || findPair(value, 'passphrase') !== undefined) return undefined;
    return `Without a source the passphrase comes from the editor's secret storage, or from \`${deviceVariable(String(name), secret)}\``;
  }
  if (
    section === 'namespaces' &&
    block === 'administrator' &&
    path.length === 3 &&
    findPair(value, 'passphrase') === undefined
  ) {
    return `Without a source the passphrase comes from the editor's secret storage, or from \`${namespaceVariable(String(name))}\``;
  }
  return undefined;
}

function anchorText(file: ManifestFile, { item, node }: AtOffset): string | undefined {
  const target = deref(file.document, item, node);
  if (target === undefined) return undefined;
  const text = target.item.parsed.text.slice(target.node.start, target.node.end).trimEnd();
  return `\`\`\`yaml\n${text.slice(0, 1_000)}\n\`\`\``;
}
